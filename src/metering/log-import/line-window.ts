/** Items of an async sequence, with a look at those to come. */
export interface LineWindow<T> {
  /** Up to `count` of the next items, the next one first. */
  peek(count: number): Promise<readonly T[]>;
  /** Takes the next item, which was peeked at. */
  take(): T;
  /** Lets the sequence go. */
  close(): Promise<void>;
}

export function createLineWindow<S, T>(source: AsyncGenerator<S>, prepare: (item: S) => T): LineWindow<T> {
  const ahead: T[] = [];
  return {
    async peek(count) {
      while (ahead.length < count) {
        const next = await source.next();
        if (next.done) break;
        ahead.push(prepare(next.value));
      }
      return ahead.slice(0, count);
    },
    take: () => ahead.shift()!,
    close: async () => void (await source.return(undefined)),
  };
}
