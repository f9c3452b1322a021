/** A mean of which what lies `tauMs` back counts 1/e. Times must not go back. */
export interface FadingMean {
  add(atMs: number, value: number, spacingMs: number): void;
  readonly value: number;
  readonly count: number;
}

export function createFadingMean(tauMs: number): FadingMean {
  let value = 0;
  let count = 0;
  let weight = 0;
  let lastMs = 0;
  return {
    add(atMs, next, spacingMs) {
      // After a gap what was before it counts less; the new value counts as one all the same.
      const kept = count === 0 ? 0 : Math.exp(-Math.max(atMs - lastMs, spacingMs) / tauMs);
      weight = weight * kept + 1;
      value += (next - value) / weight;
      count += 1;
      lastMs = atMs;
    },
    get value() {
      return value;
    },
    get count() {
      return count;
    },
  };
}
