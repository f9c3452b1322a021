// Kinds of daily series by which no model was chosen: after what is published of web traffic, shops, electricity, hospitals, tourism,
// cash machines and payments, and after what else usage does. In whole units, each kind of its own size.

import { type Draws, type Maker, remembering, walking, WEEKENDS, WORKDAYS, yearly } from './series-draws';

const YEAR = 365;
/** Days of a year on which next to nobody works: New Year, Easter, two in spring, summer's bank holiday, and Christmas. */
const HOLIDAYS = new Set([0, 95, 98, 120, 145, 238, 357, 358, 359, 364]);
const dayOfYear = (t: number): number => ((t % YEAR) + YEAR) % YEAR;
/** Counts whose spread is wider than that of calls which know nothing of each other: gamma by its mean and shape. */
const overdispersed = (draws: Draws, mean: number, shape: number): number => {
  let sum = 0;
  for (let k = 0; k < shape; k += 1) sum -= Math.log(1 - draws.uniform());
  return draws.poisson((mean * sum) / shape);
};

/** By name. */
export const HELD_OUT_KINDS: Record<string, Maker> = {
  'views of an article': (draws) => {
    const noise = remembering(draws, 0.7, draws.heavy);
    const walk = walking(draws, 0.02);
    let news = 0;
    return (t) => {
      news = news * 0.75 + (draws.uniform() < 0.01 ? 6 * draws.uniform() ** 2 : 0);
      return Math.round(900 * (t % 7 > 4 ? 0.85 : 1.05) * Math.exp(walk() + 0.15 * noise()) * (1 + news));
    };
  },
  'visits of a shop online': (draws) => {
    const noise = remembering(draws, 0.4);
    const shift = YEAR * draws.uniform();
    return (t) => {
      const sale = dayOfYear(t) > 325 && dayOfYear(t) < 355 ? 1.6 : 1;
      return Math.round(40_000 * sale * WEEKENDS[t % 7]! * (1 + 0.1 * yearly(t, shift)) * Math.exp(0.1 * noise()));
    };
  },
  'items of one product': (draws) => {
    const growth = 0.1 * draws.uniform();
    const shift = YEAR * draws.uniform();
    return (t) => draws.poisson(25 * WEEKENDS[t % 7]! * (1 + (growth * t) / YEAR) * (1 + 0.3 * yearly(t, shift)));
  },
  'sales that are out of stock at times': (draws) => {
    let isIn = true;
    return (t) => {
      if (draws.uniform() < (isIn ? 0.02 : 0.15)) isIn = !isIn;
      return isIn ? overdispersed(draws, 2.5 * WEEKENDS[t % 7]!, 2) : 0;
    };
  },
  'sold now and then': (draws) => () => (draws.uniform() < 0.25 ? overdispersed(draws, 4, 1) : 0),
  'electricity of a region': (draws) => {
    const weather = remembering(draws, 0.8);
    return (t) => {
      const season =
        0.12 * Math.cos((4 * Math.PI * (t - 15)) / YEAR) + 0.06 * Math.cos((2 * Math.PI * (t - 15)) / YEAR);
      const work = HOLIDAYS.has(dayOfYear(t)) || t % 7 === 6 ? 0.85 : t % 7 === 5 ? 0.9 : 1;
      return Math.round(700_000 * work * (1 + season + 0.05 * weather()));
    };
  },
  'admissions to a hospital': (draws) => {
    let wave = 0;
    return (t) => {
      wave = wave * 0.95 + (draws.uniform() < 0.01 ? 0.25 * draws.uniform() : 0);
      return draws.poisson(65 * [1.12, 1.06, 1.04, 1.03, 1.02, 0.88, 0.85][t % 7]! * (1 + wave + 0.05 * yearly(t, 80)));
    };
  },
  'nights in hotels': (draws) => {
    const noise = remembering(draws, 0.5);
    return (t) => {
      const season = Math.exp(0.5 * yearly(t, -100) + 0.15 * Math.sin((4 * Math.PI * t) / YEAR));
      return Math.round(12_000 * season * WEEKENDS[(t + 1) % 7]! * Math.exp(0.08 * noise()));
    };
  },
  'payments by card': (draws) => {
    const noise = remembering(draws, 0.2);
    const growth = 0.25 * draws.uniform();
    return (t) => {
      const ofMonth = t % 30;
      const payday = ofMonth < 2 ? 1.25 : ofMonth === 14 ? 1.15 : 1;
      const closed = HOLIDAYS.has(dayOfYear(t)) ? 0.5 : 1;
      return Math.round(200_000 * payday * closed * WEEKENDS[t % 7]! * Math.exp((growth * t) / YEAR + 0.06 * noise()));
    };
  },
  'cash from a machine': (draws) => {
    const noise = remembering(draws, 0.25, draws.heavy);
    return (t) => {
      if (draws.uniform() < 0.015) return 0;
      const week = [0.8, 0.85, 0.95, 1.2, 1.45, 1.1, 0.65][t % 7]!;
      return Math.round(2_000 * week * (1 + 0.05 * yearly(t, 0)) * Math.max(0.1, 1 + 0.25 * noise()));
    };
  },
  'growth that comes to an end': (draws) => {
    const noise = remembering(draws, 0.4);
    const middle = 365 + 400 * draws.uniform();
    const pace = 60 + 60 * draws.uniform();
    return (t) =>
      Math.round((5_000 * WORKDAYS[t % 7]! * Math.exp(0.08 * noise())) / (1 + Math.exp((middle - t) / pace)));
  },
  'interest that wears off': (draws) => {
    const noise = remembering(draws, 0.5);
    const pace = 200 + 300 * draws.uniform();
    return (t) => Math.round(30_000 * Math.exp(-t / pace + 0.12 * noise()) * (t % 7 > 4 ? 1.1 : 0.96));
  },
  'work that rests on holidays': (draws) => {
    const noise = remembering(draws, 0.3);
    return (t) => {
      const rests = HOLIDAYS.has(dayOfYear(t)) || dayOfYear(t) > 356;
      return Math.round(8_000 * WORKDAYS[t % 7]! * (rests ? 0.35 : 1) * Math.exp(0.07 * noise()));
    };
  },
  'weekdays alone': (draws) => {
    const noise = remembering(draws, 0.4);
    const growth = 0.6 * draws.uniform() - 0.1;
    return (t) => (t % 7 > 4 ? 0 : Math.round(600 * Math.exp((growth * t) / YEAR + 0.15 * noise())));
  },
  outages: (draws) => {
    const noise = remembering(draws, 0.4);
    return (t) => {
      const up = draws.uniform() < 0.02 ? 0.2 * draws.uniform() : 1;
      return Math.round(50_000 * up * WORKDAYS[t % 7]! * Math.exp(0.08 * noise()));
    };
  },
  'customers that come and leave': (draws) => {
    const noise = remembering(draws, 0.3);
    let [level, wanted] = [1, 1];
    return (t) => {
      if (draws.uniform() < 1 / 60) wanted = Math.max(0.2, wanted + 0.6 * (draws.uniform() - 0.45));
      level += (wanted - level) / 3;
      return Math.round(20_000 * level * WORKDAYS[t % 7]! * Math.exp(0.08 * noise()));
    };
  },
  'calm and restless times': (draws) => {
    let spread = 0.1;
    let last = 0;
    const walk = walking(draws, 0.01);
    return (t) => {
      spread = Math.sqrt(0.0005 + 0.85 * spread ** 2 + 0.1 * last ** 2);
      last = spread * draws.normal();
      return Math.round(10_000 * (t % 7 > 4 ? 0.8 : 1.1) * Math.exp(walk() + last));
    };
  },
  'bytes by the million million': (draws) => {
    const noise = remembering(draws, 0.6);
    const growth = 0.8 * draws.uniform();
    return (t) => Math.round(2e12 * WORKDAYS[t % 7]! * Math.exp((growth * t) / YEAR + 0.1 * noise()));
  },
  'a few a day, with bursts': (draws) => {
    return () => draws.poisson(draws.uniform() < 0.03 ? 15 : 0.8);
  },
};
