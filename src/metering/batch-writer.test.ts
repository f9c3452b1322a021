import { createBatchWriter } from './batch-writer';

/** A writer whose every write succeeds at once, and the sizes of what it wrote. */
function writerOfSizes() {
  const sizes: number[] = [];
  const done = new Set<number>();
  const writer = createBatchWriter<number>({
    ...{ batchSize: 100, flushMs: 5_000, restMs: 200, keepAlive: false, retryDelayMs: () => 100 },
    isDone: (item) => done.has(item),
    write: async (batch) => {
      sizes.push(batch.length);
      for (const item of batch) done.add(item);
    },
  });
  let next = 0;
  const push = (count: number) => writer.pushAll(Array.from({ length: count }, () => next++));
  return { writer, sizes, push };
}

describe('the batches of a process', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('leave when they are full, and what is less when its time is over', async () => {
    const { sizes, push } = writerOfSizes();
    push(99);
    await jest.advanceTimersByTimeAsync(4_999);
    expect(sizes).toEqual([]);
    push(1);
    expect(sizes).toEqual([100]);
    await jest.advanceTimersByTimeAsync(1_000);
    push(3);
    await jest.advanceTimersByTimeAsync(5_000);
    expect(sizes).toEqual([100, 3]);
  });

  it('grow while the process is busy: the next one gathers until the rest is over', async () => {
    const { sizes, push } = writerOfSizes();
    push(100);
    for (let step = 0; step < 9; step += 1) {
      await jest.advanceTimersByTimeAsync(20);
      push(100);
    }
    expect(sizes).toEqual([100]);
    await jest.advanceTimersByTimeAsync(20);
    expect(sizes).toEqual([100, 900]);
  });

  it('do not rest when very many wait, nor when somebody asks for a flush', async () => {
    const { writer, sizes, push } = writerOfSizes();
    push(100);
    await jest.advanceTimersByTimeAsync(1);
    push(5_000);
    expect(sizes).toEqual([100, 5_000]);
    await jest.advanceTimersByTimeAsync(1);
    push(150);
    await writer.flush();
    expect(sizes).toEqual([100, 5_000, 150]);
  });
});
