// Daily series of many kinds, made from a seed: what usage looks like, with everything that makes it hard to forecast. Models were
// chosen by those of KINDS; how well they do is said by those of HELD_OUT_KINDS, by which nothing was chosen.

import { HELD_OUT_KINDS } from './held-out-series-kinds';
import { drawsOf, type Maker, remembering, walking, WEEKENDS, WORKDAYS, yearly } from './series-draws';

/** By name. Levels are around 1, but for counts. */
const KINDS: Record<string, Maker> = {
  'web traffic': (draws) => {
    const noise = remembering(draws, 0.5);
    const walk = walking(draws, 0.01);
    return (t) => WORKDAYS[t % 7]! * Math.exp(walk() + 0.08 * noise());
  },
  pageviews: (draws) => {
    const noise = remembering(draws, 0.6, draws.heavy);
    const walk = walking(draws, 0.015);
    let news = 0;
    return () => {
      news = news * 0.6 + (draws.uniform() < 0.015 ? 3 * draws.uniform() : 0);
      return Math.exp(walk() + 0.12 * noise()) * (1 + news);
    };
  },
  'retail, closed on Sundays': (draws) => {
    const noise = remembering(draws, 0.3);
    const shift = 365 * draws.uniform();
    return (t) => {
      const promotion = Math.floor(t / 7) % 2 === 0 ? 1.25 : 1;
      const holiday = draws.uniform() < 0.02 ? 0 : 1;
      const open = t % 7 === 6 ? 0 : 1;
      return open * holiday * promotion * (1 + 0.15 * yearly(t, shift)) * Math.exp(0.12 * noise());
    };
  },
  'sales of one shop': (draws) => {
    const noise = remembering(draws, 0.4, draws.heavy);
    const shift = 365 * draws.uniform();
    return (t) => WEEKENDS[t % 7]! * (1 + 0.2 * yearly(t, shift)) * Math.exp(0.15 * noise());
  },
  energy: (draws) => {
    const weather = remembering(draws, 0.85);
    const shift = 365 * draws.uniform();
    return (t) => (t % 7 > 4 ? 0.92 : 1) + 0.2 * yearly(t, shift) + 0.05 * weather() + 0.015 * draws.normal();
  },
  taxi: (draws) => {
    const noise = remembering(draws, 0.3);
    const shift = 365 * draws.uniform();
    return (t) => {
      const holiday = draws.uniform() < 0.025 ? 0.6 : 1;
      return holiday * ([0.88, 0.95, 0.99, 1.02, 1.07, 1.13, 0.96][t % 7]! + 0.06 * yearly(t, shift) + 0.05 * noise());
    };
  },
  constant: () => () => 1,
  'nearly constant': (draws) => () => 1 + 0.01 * draws.normal(),
  intermittent: (draws) => {
    const mean = 0.2 + 0.8 * draws.uniform();
    return () => draws.poisson(mean) * (1 + Math.floor(3 * draws.uniform()));
  },
  'small counts': (draws) => {
    const walk = walking(draws, 0.01);
    return (t) => draws.poisson(6 * WORKDAYS[t % 7]! * Math.exp(walk()));
  },
  'linear trend': (draws) => {
    const slope = (draws.uniform() - 0.3) / 200;
    const noise = remembering(draws, 0.4);
    return (t) => Math.max(0, WORKDAYS[t % 7]! * Math.max(0.3, 1 + slope * t) + 0.08 * noise());
  },
  'exponential growth': (draws) => {
    const rate = Math.log(1.04 + 0.2 * draws.uniform()) / 30;
    const noise = remembering(draws, 0.5);
    const walk = walking(draws, 0.01);
    return (t) => WORKDAYS[t % 7]! * Math.exp(rate * t + walk() + 0.07 * noise());
  },
  'level shifts': (draws) => {
    const noise = remembering(draws, 0.3);
    let level = 0;
    return (t) => {
      if (draws.uniform() < 1 / 90) level += 0.5 * draws.normal();
      return WORKDAYS[t % 7]! * Math.exp(level + 0.1 * noise());
    };
  },
  'jobs at the first of a month': (draws) => {
    const noise = remembering(draws, 0.3, draws.heavy);
    return (t) => (t % 30 === 0 ? 3 : 1) * Math.exp(0.1 * noise());
  },
  'walk without a week': (draws) => {
    const walk = walking(draws, 0.03);
    return () => Math.exp(walk());
  },
  'noise alone': (draws) => () => Math.exp(0.3 * draws.normal()),
  tourism: (draws) => {
    const noise = remembering(draws, 0.6);
    const shift = 365 * draws.uniform();
    return (t) => WEEKENDS[t % 7]! * Math.exp(0.6 * yearly(t, shift) + 0.1 * noise());
  },
  'pauses for weeks': (draws) => {
    const noise = remembering(draws, 0.3);
    let isOn = true;
    return (t) => {
      if (draws.uniform() < (isOn ? 0.01 : 0.05)) isOn = !isOn;
      return isOn ? WORKDAYS[t % 7]! * Math.exp(0.2 * noise()) : 0;
    };
  },
};

export const seriesKinds = Object.keys(KINDS);
export const heldOutKinds = Object.keys(HELD_OUT_KINDS);

/**
 * A series of one kind.
 * @param kind one of seriesKinds or heldOutKinds
 * @param days its length
 */
export function seriesOfKind(kind: string, seed: number, days: number): number[] {
  const place = seriesKinds.indexOf(kind);
  // Makers of those held out have units of their own.
  const draws = drawsOf(seed + 1_000 * (place >= 0 ? place : 100 + heldOutKinds.indexOf(kind)));
  const isCounted = place < 0 || kind === 'intermittent' || kind === 'small counts';
  const scale = isCounted ? 1 : 10 ** Math.floor(1 + 6 * draws.uniform());
  const value = (KINDS[kind] ?? HELD_OUT_KINDS[kind])!(draws);
  // It began some day of the year and of the week.
  const begin = Math.floor(365 * draws.uniform());
  return Array.from({ length: days }, (_, t) => scale * value(t + begin));
}
