import fc from 'fast-check';
import { createMemoryWindow } from './memory-window';
import { type WindowRule } from './window-rule';

const WINDOW_MS = 60_000;
const NOW_MS = 30_000_000 * WINDOW_MS + 20_000;
const rule = (bucket: string, limit: number): WindowRule => ({ bucket, limit, windowMs: WINDOW_MS });

describe('windows in memory', () => {
  it('decide several limits together: what one denies uses nothing of the others', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c'), pauseMs: fc.nat(4_000) }), { maxLength: 200 }),
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 1, max: 20 }),
        (calls, keyLimit, sharedLimit) => {
          const both = createMemoryWindow({ capacity: 10 });
          const shared = createMemoryWindow({ capacity: 10 });
          let atMs = NOW_MS;
          for (const { key, pauseMs } of calls) {
            atMs += pauseMs;
            const { allowed } = both.take([rule(key, keyLimit), rule('shared', sharedLimit)], atMs);
            // A count that sees only what was allowed stays the same as the one that also saw what was not.
            if (allowed) expect(shared.take([rule('shared', sharedLimit)], atMs).allowed).toBe(true);
          }
          const left = (memory: typeof both) => memory.take([rule('shared', 1_000)], atMs).remaining;
          expect(left(both)).toBe(left(shared));
        },
      ),
    );
  });

  it('name the limit that denied, or of those that allowed the one with the least left', () => {
    const memory = createMemoryWindow();
    const rules = [rule('key', 2), rule('organization', 3)];
    const seen = Array.from({ length: 3 }, () => memory.take(rules, NOW_MS));
    expect(seen.map(({ allowed, rule: { bucket }, remaining }) => [allowed, bucket, remaining])).toEqual([
      [true, 'key', 1],
      [true, 'key', 0],
      [false, 'key', 0],
    ]);
    memory.take([rule('organization', 3)], NOW_MS);
    const other = memory.take([rule('other key', 2), rule('organization', 3)], NOW_MS);
    expect(other).toMatchObject({ allowed: false, rule: { bucket: 'organization' } });
  });

  it('count on under a changed limit', () => {
    const memory = createMemoryWindow();
    for (let n = 0; n < 5; n++) memory.take([rule('key', 5)], NOW_MS);
    expect(memory.take([rule('key', 5)], NOW_MS).allowed).toBe(false);
    expect(memory.take([rule('key', 8)], NOW_MS)).toMatchObject({ allowed: true, remaining: 2 });
    expect(memory.take([rule('key', 2)], NOW_MS).allowed).toBe(false);
  });

  it('do not begin anew when the clock is put back a little across an edge', () => {
    const memory = createMemoryWindow();
    const edgeMs = NOW_MS - 20_000;
    for (let n = 0; n < 5; n++) memory.take([rule('key', 5)], edgeMs + 1);
    expect(memory.take([rule('key', 5)], edgeMs - 1).allowed).toBe(false);
    expect(memory.take([rule('key', 5)], edgeMs + 2).allowed).toBe(false);
  });

  it('take bounded memory, however many callers there are, and forget the one that was away longest', () => {
    const memory = createMemoryWindow({ capacity: 10 });
    memory.take([rule('known', 1)], NOW_MS);
    for (let n = 0; n < 1_000; n++) {
      memory.take([rule(`caller ${n}`, 1)], NOW_MS);
      expect(memory.take([rule('known', 1)], NOW_MS).allowed).toBe(false);
    }
    expect(memory.size()).toBe(10);
  });
});
