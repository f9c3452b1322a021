import fc from 'fast-check';

/** In ms: after that a property has held often enough, however slow the machine. What its test may take is said by Jest. */
const TIME_LIMIT_MS = 5_000;

fc.configureGlobal({ interruptAfterTimeLimit: TIME_LIMIT_MS, markInterruptAsFailure: false });

/** What asyncProperty() makes, as the runner of fast-check sees it; the types leave these two out. */
interface RunnableProperty {
  run: (this: object, value: unknown) => Promise<unknown>;
  runAfterEach: (this: object) => Promise<void>;
}

// The limit leaves the run that it interrupts to go on by itself, beside the tests that come after it: with their clock, their
// database. So what ends a run waits for it.
const prototype = Object.getPrototypeOf(fc.asyncProperty(fc.constant(0), () => Promise.resolve())) as RunnableProperty;
const { run, runAfterEach } = prototype;
const runs = new WeakMap<object, Promise<unknown>>();
prototype.run = function (value) {
  const begun = run.call(this, value);
  runs.set(this, begun);
  return begun;
};
prototype.runAfterEach = async function () {
  await runs.get(this);
  await runAfterEach.call(this);
};
