import { streamText } from './stream-text';

/** Parts that say how far they were asked, and whether they were let go. */
function observed(howMany: number) {
  const seen = { made: 0, released: false };
  async function* parts() {
    try {
      for (; seen.made < howMany;) yield `part ${(seen.made += 1)};`;
    } finally {
      seen.released = true;
    }
  }
  return { seen, parts: parts() };
}

describe('streamText', () => {
  it('delivers every part in order and lets the source go', async () => {
    const { seen, parts } = observed(50);
    const text = await new Response(await streamText(parts)).text();
    expect(text).toBe(Array.from({ length: 50 }, (_, n) => `part ${n + 1};`).join(''));
    expect(seen.released).toBe(true);
  });

  it('makes at most one part more than was read', async () => {
    const { seen, parts } = observed(1_000);
    const reader = (await streamText(parts)).getReader();
    for (let read = 1; read <= 5; read++) {
      await reader.read();
      await new Promise((resolve) => setImmediate(resolve));
      expect(seen.made).toBeLessThanOrEqual(read + 1);
    }
    await reader.cancel();
  });

  it('lets the source go when the reader leaves', async () => {
    const { seen, parts } = observed(1_000);
    const reader = (await streamText(parts)).getReader();
    await reader.read();
    await reader.cancel();
    expect(seen.released).toBe(true);
    expect(seen.made).toBeLessThan(4);
  });

  it('fails before there is a stream if the first part fails, and breaks the stream if a later one does', async () => {
    async function* failing(after: number): AsyncGenerator<string, void, undefined> {
      for (let n = 0; n < after; n++) yield 'part';
      throw new Error('the database is gone');
    }
    await expect(streamText(failing(0))).rejects.toThrow('the database is gone');
    await expect(new Response(await streamText(failing(2))).text()).rejects.toThrow();
  });
});
