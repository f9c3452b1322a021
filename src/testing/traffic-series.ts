// Hourly traffic as an API has it: nights, weekends, holidays, and noise of several kinds. The same seed makes the same series.

export const HOUR_MS = 3_600_000;
/** A Monday. */
export const FIRST_HOUR_MS = Date.UTC(2026, 0, 5);

type Random = () => number;

/** mulberry32: small, seeded, good enough for noise. */
function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const normal = (random: Random): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

function poisson(random: Random, mean: number): number {
  if (mean > 50) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(random)));
  let count = -1;
  for (let product = 1; product > Math.exp(-mean); product *= random()) count += 1;
  return Math.max(0, count);
}

/** Marsaglia and Tsang, for shapes of 1 and more; its mean is 1. */
function gamma(random: Random, shape: number): number {
  const d = shape - 1 / 3;
  for (;;) {
    const x = normal(random);
    const v = (1 + x / Math.sqrt(9 * d)) ** 3;
    if (v > 0 && Math.log(1 - random()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return (d * v) / shape;
  }
}

export const NOISES = {
  poisson: (random: Random, mean: number) => poisson(random, mean),
  /** A variance of mean + mean² / 8. */
  overdispersed: (random: Random, mean: number) => poisson(random, mean * gamma(random, 8)),
  lognormal: (random: Random, mean: number) => mean * Math.exp(0.3 * normal(random)),
  /** 10 % more every 30 days. */
  growing: (random: Random, mean: number, hour: number) =>
    poisson(random, mean * 1.1 ** (hour / 720) * gamma(random, 20)),
};
export type Noise = keyof typeof NOISES;

/** Fridays and a Wednesday: days off look like Sundays. */
const DAYS_OFF = new Set([25, 32, 60]);

/** What an hour has on average: a seventh of the peak at night, a smooth day, and less than half of it on days off. */
function usualTraffic(peak: number, hour: number): number {
  const day = Math.floor(hour / 24);
  const light = Math.max(0, Math.sin((((hour % 24) - 6) / 14) * Math.PI)) * (hour % 24 > 6 && hour % 24 < 20 ? 1 : 0);
  return peak * (0.15 + 0.85 * light) * (day % 7 >= 5 || DAYS_OFF.has(day) ? 0.45 : 1);
}

export interface TrafficSeries {
  timestampsMs: number[];
  values: number[];
}

export function trafficSeries({
  noise,
  days,
  seed,
  peak,
}: Record<'days' | 'seed' | 'peak', number> & { noise: Noise }): TrafficSeries {
  const random = seededRandom(seed);
  const hours = Array.from({ length: days * 24 }, (_, hour) => hour);
  return {
    timestampsMs: hours.map((hour) => FIRST_HOUR_MS + hour * HOUR_MS),
    values: hours.map((hour) => NOISES[noise](random, usualTraffic(peak, hour), hour)),
  };
}
