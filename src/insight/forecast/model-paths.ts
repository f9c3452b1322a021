import { type ForecastModel } from '../contracts';
import { isYoung, type Path } from './backtest';
import { combine } from './combine';
import { followLastYear, hasLastYear } from './follow-last-year';
import { holtWinters, type HoltWinters } from './holt-winters';
import { type Series } from './series';
import { profilesOf, type Setting, smoothLevel } from './smooth-level';
import { straightLines } from './straight-line';

type LevelSetting = Omit<Setting, 'profile'>;

/** A mean of three weeks of days: what noise leaves of a level that stands. */
const SLOW: LevelSetting = { alpha: 0.05, beta: 0, damping: 1, robust: true, grows: false };
/** A level that goes somewhere; of its trend half is left after three weeks. */
const TRENDING: LevelSetting = { alpha: 0.1, beta: 0.1, damping: 0.97, robust: true, grows: false };
/** A week's mean: a level that moves. */
const QUICK: LevelSetting = { alpha: 0.25, beta: 0, damping: 1, robust: true, grows: false };
/** Two days: a level that wanders or jumps, where the latest value is the best that is known. */
const FAST: LevelSetting = { alpha: 0.5, beta: 0, damping: 1, robust: false, grows: false };
/** Growth by a share a day, of which half is left after ten weeks. */
const GROWING: LevelSetting = { alpha: 0.05, beta: 0.1, damping: 0.99, robust: true, grows: true };

const LEVELS = [SLOW, TRENDING, QUICK, FAST];
/** From a slow one to a quick one, as asked for by its name: no profile, no trend. */
const SMOOTHINGS: LevelSetting[] = [0.1, 0.3, 0.5].map((alpha) => ({ ...FAST, alpha }));
const HOLT_WINTERS: HoltWinters[] = [
  { alpha: 0.1, beta: 0.1, gamma: 0.1 },
  { alpha: 0.3, beta: 0.1, gamma: 0.1 },
];
/** So little tells no trend from chance; a first cycle is taken for the profile, and the next ones correct it by a third. */
const YOUNG: HoltWinters = { alpha: 0.3, beta: 0, gamma: 0.3 };
/** A moving average is one of four cycles: 28 days. */
const AVERAGE_CYCLES = 4;

/** Per origin what a model expects of the steps after it, from what lies up to the origin alone. */
export function modelPaths(model: ForecastModel, series: Series, origins: readonly number[], horizon: number): Path[] {
  const profileBefore = profilesOf(series);
  const smooth = (setting: Setting) => smoothLevel(series, profileBefore, setting, origins, horizon);
  switch (model) {
    case 'linear_regression':
      return straightLines(series, origins, horizon);
    case 'moving_average':
      return movingAverages(series, origins, horizon);
    case 'exponential_smoothing':
      return combine(
        series,
        origins,
        SMOOTHINGS.map((level) => smooth({ profile: 'none', ...level })),
        horizon,
      );
    case 'holt_winters':
      return combine(
        series,
        origins,
        HOLT_WINTERS.map((shares) => holtWinters(series, shares, origins, horizon)),
        horizon,
      );
    case 'auto': {
      const additive = LEVELS.map((level) => smooth({ profile: 'additive', ...level }));
      if (isYoung(series)) {
        const weekly = holtWinters(series, YOUNG, origins, horizon);
        return combine(series, origins, [additive[0]!, additive[2]!, additive[3]!, weekly], horizon);
      }
      if (!series.nonNegative) return combine(series, origins, additive, horizon);
      const factors = [...LEVELS, GROWING].map((level) => smooth({ profile: 'multiplicative', ...level }));
      const yearly = hasLastYear(series)
        ? [factors[0]!, factors[2]!].map((paths) => followLastYear(series, origins, paths))
        : [];
      return combine(series, origins, [...additive, ...factors, ...yearly], horizon);
    }
  }
}

function movingAverages({ values, season }: Series, origins: readonly number[], horizon: number): Path[] {
  let mean = 0;
  return origins.map((origin) => {
    const known = values
      .slice(Math.max(0, origin + 1 - AVERAGE_CYCLES * season), origin + 1)
      .filter((value) => !Number.isNaN(value));
    // In a gap of four cycles and more the last mean that was known stands.
    if (known.length > 0) mean = known.reduce((sum, value) => sum + value, 0) / known.length;
    return new Float64Array(horizon).fill(mean);
  });
}
