/**
 * mulberry32: a small generator of numbers in [0, 1) with a period of 2^32, by T. Ettinger (public domain). The same seed
 * gives the same history, so that making it again after an interruption adds nothing.
 */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function createDraws(random: () => number) {
  /** Standard normal, by Box and Muller (1958). */
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return {
    random,
    logNormal: (median: number, spread: number) => median * Math.exp(spread * normal()),
    /** A count with this mean; the normal approximation of Poisson's is close enough for a picture. */
    count: (mean: number) => Math.max(0, Math.round(mean + Math.sqrt(mean) * normal())),
    pick: <T>(choices: readonly (readonly [T, number])[]): T => {
      let rest = random() * choices.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [choice, weight] of choices) if ((rest -= weight) < 0) return choice;
      return choices[0]![0];
    },
    uuid: () => {
      const word = () =>
        Math.floor(random() * 4_294_967_296)
          .toString(16)
          .padStart(8, '0');
      const hex = word() + word() + word() + word();
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
    },
  };
}
export type Draws = ReturnType<typeof createDraws>;
