import { type Clock, systemClock } from '@/kernel/clock';
import { type TestClockStore } from './test-clock-store';

/** A clock that can be moved: the real time plus an offset that stands in the database. Only with TEST_CLOCK=1. */
export interface TestClock extends Clock {
  /** Milliseconds by which it is ahead of the real time. */
  offsetMs(): number;
  /** Sets it, for every process on this database: here at once, elsewhere within half a second. */
  moveTo(instant: Date, by: string): Promise<void>;
  /** Lets real time have its way again. */
  reset(by: string): Promise<void>;
  /** Reads the offset now. @throws what the database throws */
  refresh(): Promise<void>;
  close(): Promise<void>;
}

const POLL_MS = 500;

interface Options {
  store: TestClockStore;
  warn: (problem: unknown, message: string) => void;
}

/** Real time until {@link TestClock.refresh} was awaited for the first time; then follows the database. */
export function createTestClock({ store, warn }: Options): TestClock {
  let offsetMs = 0;
  // Counts settings, so that a reading begun before one does not undo it here.
  let settings = 0;

  async function refresh(): Promise<void> {
    const before = settings;
    const read = await store.readOffsetMs();
    if (before === settings) offsetMs = read;
  }
  async function set(newOffsetMs: number, by: string): Promise<void> {
    await store.writeOffsetMs(newOffsetMs, by);
    settings += 1;
    offsetMs = newOffsetMs;
  }

  const poll = setInterval(() => {
    refresh().catch((error: unknown) => warn(error, 'the test clock cannot be read'));
  }, POLL_MS).unref();

  return {
    now: () => new Date(systemClock.now().getTime() + offsetMs),
    offsetMs: () => offsetMs,
    moveTo: (instant, by) => set(instant.getTime() - systemClock.now().getTime(), by),
    reset: (by) => set(0, by),
    refresh,
    close: async () => clearInterval(poll),
  };
}
