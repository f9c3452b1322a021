import fc from 'fast-check';

/** In ms: after that a property has held often enough, however slow the machine. What its test may take is said by Jest. */
const TIME_LIMIT_MS = 5_000;

fc.configureGlobal({ interruptAfterTimeLimit: TIME_LIMIT_MS, markInterruptAsFailure: false });
