// Numbers that look random and are the same for the same seed, and what series are made of.

/** Draws that are the same for the same seed. */
export interface Draws {
  /** Evenly from 0 to 1. */
  uniform: () => number;
  /** Normal, with a mean of 0 and a deviation of 1. */
  normal: () => number;
  /** As normal, but with a value far out now and then (Student's t of 4 degrees). */
  heavy: () => number;
  /** How often something happened that happens `mean` times on average. */
  poisson: (mean: number) => number;
}

/** @param seed a whole number */
export function drawsOf(seed: number): Draws {
  let state = (seed * 2_654_435_761) >>> 0;
  // mulberry32
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const heavy = () => {
    const squares = normal() ** 2 + normal() ** 2 + normal() ** 2 + normal() ** 2;
    return normal() / Math.sqrt(squares / 4) / Math.SQRT2;
  };
  const poisson = (mean: number): number => {
    if (mean > 50) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal()));
    let count = 0;
    for (let left = Math.exp(-mean), product = uniform(); product > left; product *= uniform()) count += 1;
    return count;
  };
  return { uniform, normal, heavy, poisson };
}

/** Noise that remembers: `memory` of yesterday's is left today; its deviation stays 1. */
export function remembering(draws: Draws, memory: number, shock: () => number = draws.normal): () => number {
  let state = draws.normal();
  return () => (state = memory * state + Math.sqrt(1 - memory ** 2) * shock());
}

/** A walk whose steps have a deviation of `step`. */
export function walking(draws: Draws, step: number): () => number {
  let state = 0;
  return () => (state += step * draws.normal());
}

const YEAR = 365.25;
/** From −1 to 1 once a year. */
export const yearly = (t: number, shift: number) => Math.sin((2 * Math.PI * (t + shift)) / YEAR);
/** Factors of the days of a week: of what people do at work, and of what they do when they are not. */
export const WORKDAYS = [1.15, 1.2, 1.2, 1.15, 1.05, 0.65, 0.6];
export const WEEKENDS = [0.8, 0.8, 0.85, 0.95, 1.2, 1.4, 1];

/** Each makes a day's value from its number, day after day; what it remembers is its own. */
export type Maker = (draws: Draws) => (t: number) => number;
