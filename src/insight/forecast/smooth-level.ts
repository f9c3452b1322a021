import { type Path } from './backtest';
import { cycleMeans, type Profile, profileAt, type ProfileKind } from './seasonal-profile';
import { type Series } from './series';

/** One way of following a level through a series. */
export interface Setting {
  profile: ProfileKind;
  /** Share of a new value in the level, where a cycle has seven steps; the next two likewise. */
  alpha: number;
  /** Share of a new slope in the trend; 0 for none. */
  beta: number;
  /** What is left of the trend a step later. */
  damping: number;
  /** Whether one value may move the level by no more than what is usual: else spikes do. */
  robust: boolean;
  /** Whether the level is followed in logarithms, so that a trend is a growth by a share a step. */
  grows: boolean;
}

/** A profile is of the last twelve cycles: a quarter of weeks. It changes with the seasons, and medians of fewer are rough. */
const PROFILE_CYCLES = 12;
/** Below this share of the level a place in the cycle is closed: it says nothing of the level. */
const CLOSED = 0.05;
/** A value moves a robust level as if it were three usual errors away at most (Gelper, Fried and Croux 2010). */
const MOST_ERRORS = 3;
/** And what is usual as if it were five, so that a spike does not, and a lasting change soon does. */
const MOST_OF_USUAL = 5;
/** Share of a new error in what is usual: the last two to three weeks of days. */
const USUAL_ALPHA = 0.1;
/** Of series whose largest value is 1: growth is never drawn on beyond four times all that was ever seen. */
const MOST_GROWTH = Math.log(4);
/** The smallest level of which a logarithm is taken, of series whose largest value is 1. */
const LEAST_LEVEL = 1e-9;

/** Profiles, made anew once a cycle, each of what lies before it. */
export type ProfileBefore = (kind: ProfileKind, end: number) => Profile;

export function profilesOf(series: Series): ProfileBefore {
  const { season } = series;
  const n = series.values.length;
  const means = cycleMeans(series);
  const made: Record<ProfileKind, Profile[]> = { none: [], additive: [], multiplicative: [] };
  return (kind, end) => {
    // Counted from the end, so that the newest knows everything.
    const block = Math.ceil((n - end) / season);
    return (made[kind][block] ??= profileAt(series, means, kind, PROFILE_CYCLES, n - block * season));
  };
}

/**
 * Exponentially weighted level and damped trend of a series without its profile.
 * @param origins last known steps, ascending
 * @returns per origin what is expected of the `horizon` steps after it, from what lies up to the origin alone
 */
export function smoothLevel(
  series: Series,
  profileBefore: ProfileBefore,
  setting: Setting,
  origins: readonly number[],
  horizon: number,
): Path[] {
  const { values, season } = series;
  const { robust, grows } = setting;
  // Settings are told for cycles of seven: a level of so many weeks of days is one of as many days of hours.
  const pace = 7 / season;
  const [alpha, beta, damping] = [setting.alpha * pace, setting.beta * pace, setting.damping ** pace];
  const isFactor = setting.profile === 'multiplicative';
  const paths: Path[] = [];
  let level = grows ? Math.log(Math.max(startOf(series), LEAST_LEVEL)) : startOf(series);
  let trend = 0;
  let usual = 0;
  for (let t = 0; t < values.length; t += 1) {
    const value = withoutProfile(values[t]!, profileBefore(setting.profile, t)[t % season]!, isFactor, grows);
    trend *= damping;
    level += trend;
    if (!Number.isNaN(value)) {
      const error = value - level;
      const size = Math.abs(error);
      const isFirstCycle = t < season;
      const taken = robust && !isFirstCycle ? Math.sign(error) * Math.min(size, MOST_ERRORS * usual) : error;
      if (isFirstCycle) usual += (size - usual) / (t + 1);
      else usual += USUAL_ALPHA * pace * (Math.min(size, usual > 0 ? MOST_OF_USUAL * usual : size) - usual);
      level += alpha * taken;
      trend += alpha * beta * taken;
    }
    if (t === origins[paths.length]) {
      const profile = profileBefore(setting.profile, t + 1);
      const ahead = levelsAhead(level, trend, damping, horizon);
      paths.push(
        ahead.map((expected, h) => {
          const place = profile[(t + 1 + h) % season]!;
          return isFactor ? place * (grows ? Math.exp(Math.min(expected, MOST_GROWTH)) : expected) : expected + place;
        }),
      );
    }
  }
  return paths;
}

/** What a value says of the level; NaN where it says nothing. */
function withoutProfile(value: number, place: number, isFactor: boolean, grows: boolean): number {
  if (!isFactor) return value - place;
  if (place <= CLOSED) return Number.NaN;
  const level = value / place;
  return grows ? (level > 0 ? Math.log(level) : Number.NaN) : level;
}

/** The mean of the first cycle. */
function startOf({ values, season }: Series): number {
  const first = values.slice(0, season).filter((value) => !Number.isNaN(value));
  return first.reduce((sum, value) => sum + value, 0) / first.length;
}

function levelsAhead(level: number, trend: number, damping: number, horizon: number): Float64Array {
  let ahead = level;
  let step = trend;
  return new Float64Array(horizon).map(() => (ahead += step *= damping));
}
