import fc from 'fast-check';
import { createMemoryWindow } from './memory-window';
import { type WindowDecision, type WindowRule } from './window-rule';

const WINDOW_MS = 60_000;
/** Somewhere inside a window, as real instants are. */
const START_MS = 1_800_000_017_123;

/** Times between calls: bursts, a steady stream, and pauses longer than a window. */
const gaps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constant(0) },
    { weight: 6, arbitrary: fc.nat(2_000) },
    { weight: 2, arbitrary: fc.nat(30_000) },
    { weight: 1, arbitrary: fc.nat(150_000) },
  ),
  { minLength: 1, maxLength: 200 },
);
const limits = fc.integer({ min: 1, max: 40 });

/** Windows for one caller: room for all that a server knows would take longer to make than the test. */
const oneBucket = () => createMemoryWindow({ capacity: 1 });

interface Call extends WindowDecision {
  atMs: number;
}

function callAll(limit: number, pauses: readonly number[]): Call[] {
  const memory = oneBucket();
  const rule = { bucket: 'key', limit, windowMs: WINDOW_MS };
  let atMs = START_MS;
  return pauses.map((pause) => ({ ...memory.take([rule], (atMs += pause)), atMs }));
}
const allowedAt = (calls: readonly Call[]) => calls.filter(({ allowed }) => allowed).map(({ atMs }) => atMs);
const within = (instants: readonly number[], fromMs: number, toMs: number) =>
  instants.filter((atMs) => atMs >= fromMs && atMs < toMs).length;

describe('a sliding window', () => {
  it('never allows more than its limit in a fixed window', () => {
    fc.assert(
      fc.property(limits, gaps, (limit, pauses) => {
        const perWindow = new Map<number, number>();
        for (const atMs of allowedAt(callAll(limit, pauses))) {
          const window = Math.floor(atMs / WINDOW_MS);
          perWindow.set(window, (perWindow.get(window) ?? 0) + 1);
        }
        expect(Math.max(...perWindow.values())).toBeLessThanOrEqual(limit);
      }),
      { numRuns: 200 },
    );
  });

  it('allows at most L + ⌈L·d/w⌉ in any stretch of d, wherever it begins: 2·L in 60 s, one more than L at an edge', () => {
    fc.assert(
      fc.property(limits, gaps, fc.integer({ min: 1, max: WINDOW_MS }), (limit, pauses, stretchMs) => {
        const instants = allowedAt(callAll(limit, pauses));
        const most = Math.max(...instants.map((fromMs) => within(instants, fromMs, fromMs + stretchMs)));
        expect(most).toBeLessThanOrEqual(limit + Math.ceil((limit * stretchMs) / WINDOW_MS));
      }),
      { numRuns: 200 },
    );
  });

  it('gives the bound away to nobody but a caller who times the edge: that one gets it, to the call', () => {
    const limit = 100;
    const edgeMs = Math.ceil(START_MS / WINDOW_MS) * WINDOW_MS;
    const memory = createMemoryWindow();
    const rule = { bucket: 'key', limit, windowMs: WINDOW_MS };
    const instants: number[] = [];
    for (let atMs = edgeMs - 1; atMs < edgeMs + WINDOW_MS; atMs++) {
      while (memory.take([rule], atMs).allowed) instants.push(atMs);
    }
    expect(within(instants, edgeMs - 1, edgeMs + 1)).toBe(limit);
    expect(within(instants, edgeMs - 1, edgeMs + WINDOW_MS / 2)).toBe(limit + limit / 2);
    expect(within(instants, edgeMs - 1, edgeMs - 1 + WINDOW_MS)).toBe(2 * limit);
  });

  it('is right to the call for who calls evenly: as much as allowed is allowed, whatever the window', () => {
    fc.assert(
      fc.property(limits, fc.integer({ min: 2, max: 8 }), (limit, windows) => {
        // A little below the limit; then nothing is ever denied.
        const every = Math.ceil(WINDOW_MS / limit) + 1;
        const calls = callAll(limit, Array<number>(Math.floor((windows * WINDOW_MS) / every)).fill(every));
        expect(calls.every(({ allowed }) => allowed)).toBe(true);
      }),
    );
  });

  it('of a caller who never stops lets its limit through in every window', () => {
    for (const limit of [1, 10, 100]) {
      const calls = callAll(limit, Array<number>(20_000).fill(30));
      const perWindow = allowedAt(calls).length / (600_000 / WINDOW_MS);
      expect(perWindow).toBeGreaterThanOrEqual(limit * 0.98);
      expect(perWindow).toBeLessThanOrEqual(limit * 1.1);
    }
  });

  it('says to the millisecond when more calls fit than an allowed one has left', () => {
    fc.assert(
      fc.property(limits, gaps, (limit, pauses) => {
        const rule: WindowRule = { bucket: 'key', limit, windowMs: WINDOW_MS };
        const replay = () => {
          const memory = oneBucket();
          let atMs = START_MS;
          const last = pauses.map((pause) => memory.take([rule], (atMs += pause))).at(-1);
          return { memory, last };
        };
        const { last } = replay();
        if (!last?.allowed) return;
        // The call that looks takes one as well.
        const leftAt = (atMs: number) => {
          const decision = replay().memory.take([rule], atMs);
          return decision.allowed ? decision.remaining + 1 : 0;
        };
        expect(leftAt(last.resetAtMs)).toBeGreaterThan(last.remaining);
        expect(leftAt(last.resetAtMs - 1)).toBeLessThanOrEqual(last.remaining);
      }),
      { numRuns: 200 },
    );
  });

  it('says to the millisecond when a denied call fits again', () => {
    fc.assert(
      fc.property(limits, limits, gaps, (limit, lowered, pauses) => {
        const denied = callAll(limit, pauses).findIndex(({ allowed }) => !allowed);
        const calls = denied < 0 ? pauses : pauses.slice(0, denied + 1);
        const nowMs = START_MS + calls.reduce((sum, pause) => sum + pause, 0);
        // The limit may be another by now.
        const rule: WindowRule = { bucket: 'key', limit: Math.min(limit, lowered), windowMs: WINDOW_MS };
        const replay = () => {
          const memory = oneBucket();
          let atMs = START_MS;
          for (const pause of calls) memory.take([{ ...rule, limit }], (atMs += pause));
          return memory;
        };
        const refused = replay().take([rule], nowMs);
        if (refused.allowed) return;
        expect(refused.resetAtMs).toBeGreaterThan(nowMs);
        expect(replay().take([rule], refused.resetAtMs).allowed).toBe(true);
        expect(replay().take([rule], refused.resetAtMs - 1).allowed).toBe(false);
      }),
      { numRuns: 200 },
    );
  });
});
