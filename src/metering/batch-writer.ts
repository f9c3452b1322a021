/** One attempt takes this many items at most; so many leave at once, without a rest. */
const MAX_BATCH = 5_000;

export interface BatchWriterOptions<T> {
  /** Items that trigger a write. */
  batchSize: number;
  /** Longest time in ms an item waits for its batch to fill. */
  flushMs: number;
  /** Least time in ms between the beginnings of two writes: under load batches grow, and an item costs less in a large one. */
  restMs: number;
  /** Writes a batch; rejects when the items that are not done shall be tried again. */
  write: (batch: readonly T[]) => Promise<void>;
  isDone: (item: T) => boolean;
  /** Pause in ms after so many failures in a row. */
  retryDelayMs: (failures: number) => number;
  /** Whether a pause keeps the process alive: when someone waits for the items. */
  keepAlive: boolean;
}

export interface BatchWriter<T> {
  push(item: T): void;
  pushAll(items: readonly T[]): void;
  /** Writes at once, and until all that was pushed before is done. @throws what the first failing write threw. */
  flush(): Promise<void>;
  /** Items not done: waiting or being written. */
  size(): number;
  /** Time in ms since which every write failed; null when the last one succeeded. */
  failingForMs(): number | null;
  /** Writes no more; resolves to the items left, once no write is under way or `within` resolved. */
  stop(within: Promise<unknown>): Promise<T[]>;
}

/** Gathers items into batches: one write at a time, in order, failed items first in line again after a pause. */
export function createBatchWriter<T>(options: BatchWriterOptions<T>): BatchWriter<T> {
  const { batchSize, flushMs, restMs, write, isDone, retryDelayMs, keepAlive } = options;
  let waiting: T[] = [];
  let current: readonly T[] = [];
  let attempt: Promise<void> | null = null;
  let timer: NodeJS.Timeout | undefined;
  /** Whether the timer waits for the rest to be over, no longer for the batch to fill. */
  let isFull = false;
  let startedAtMs = -Infinity;
  let pushed = 0;
  let done = 0;
  let failures = 0;
  let failingSinceMs: number | null = null;
  let stopped = false;

  function schedule(): void {
    if (attempt || stopped || waiting.length === 0) return;
    if (failures > 0) arm(retryDelayMs(failures));
    else if (waiting.length < batchSize) arm(flushMs);
    else if (waiting.length >= MAX_BATCH) startWrite();
    else if (!isFull) rest();
  }

  /** The batch is full: it leaves when the rest since the last one is over. */
  function rest(): void {
    isFull = true;
    const leftMs = startedAtMs + restMs - performance.now();
    if (leftMs <= 0) return startWrite();
    disarm();
    arm(leftMs);
  }

  function arm(delayMs: number): void {
    if (timer !== undefined) return;
    timer = setTimeout(startWrite, delayMs);
    if (failures === 0 || !keepAlive) timer.unref();
  }

  function disarm(): void {
    clearTimeout(timer);
    timer = undefined;
  }

  // Failures are remembered where they happen; whoever asked for this write by flush() hears of them there.
  const startWrite = () => void writeNext().catch(() => undefined);

  const writeNext = (): Promise<void> => (attempt ??= writeBatch());

  async function writeBatch(): Promise<void> {
    disarm();
    isFull = false;
    startedAtMs = performance.now();
    current = waiting.splice(0, MAX_BATCH);
    try {
      await write(current);
      failures = 0;
      failingSinceMs = null;
    } catch (error) {
      failures++;
      failingSinceMs ??= performance.now();
      throw error;
    } finally {
      const left = current.filter((item) => !isDone(item));
      done += current.length - left.length;
      if (left.length > 0) waiting = left.concat(waiting);
      current = [];
      attempt = null;
      schedule();
    }
  }

  async function flush(): Promise<void> {
    const target = pushed;
    while (done < target && !stopped && (attempt || waiting.length > 0)) await writeNext();
  }

  return {
    push(item) {
      waiting.push(item);
      pushed++;
      schedule();
    },
    pushAll(items) {
      for (const item of items) waiting.push(item);
      pushed += items.length;
      schedule();
    },
    flush,
    size: () => waiting.length + current.length,
    failingForMs: () => (failingSinceMs === null ? null : performance.now() - failingSinceMs),
    async stop(within) {
      stopped = true;
      disarm();
      await Promise.race([attempt?.catch(() => undefined), within]);
      return [...current.filter((item) => !isDone(item)), ...waiting];
    },
  };
}
