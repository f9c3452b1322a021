import { median } from '../../quantile';
import { DAY_MS } from './time-profile';

/** The last days, of which a median does not follow one. */
const NEW_DAYS = 3;
/** What they are compared with ended a week before, so that it has not drifted as far. */
const BETWEEN = 7;
const REFERENCE_DAYS = 28;
/** Less than two weeks do not say what days are like. */
const REFERENCE_AT_LEAST = 14;
/** A series without any difference between days would drift by anything; less than a tenth of its level is not worth a word. */
const LEAST_SHARE = 0.1;

export interface DayDrift {
  /** 1: the last days lie outside of all reference days by half of what these lie apart. Other than 0 with the first value of a day only. */
  of(atMs: number, value: number): number;
  /** What was told is not told again as a drift: the memory begins anew. */
  forget(): void;
}

export function createDayDrift(): DayDrift {
  const means: number[] = [];
  let day: { number: number; sum: number; count: number } | undefined;

  const drift = (): number => {
    const reference = means.slice(-(REFERENCE_DAYS + BETWEEN + NEW_DAYS), -(BETWEEN + NEW_DAYS));
    if (reference.length < REFERENCE_AT_LEAST) return 0;
    const [low, high] = [Math.min(...reference), Math.max(...reference)];
    const now = median(means.slice(-NEW_DAYS));
    const away = Math.max(low - now, now - high, 0);
    return away / Math.max((high - low) / 2, Math.abs(median(reference)) * LEAST_SHARE, Number.MIN_VALUE);
  };

  return {
    of(atMs, value) {
      const today = Math.floor(atMs / DAY_MS);
      if (day?.number === today) {
        day.sum += value;
        day.count += 1;
        return 0;
      }
      if (day) means.push(day.sum / day.count);
      if (means.length > REFERENCE_DAYS + BETWEEN + NEW_DAYS) means.shift();
      day = { number: today, sum: value, count: 1 };
      return drift();
    },
    forget() {
      means.length = 0;
    },
  };
}
