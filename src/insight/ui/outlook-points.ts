import { type UsageOutlook } from '../contracts';

/** One day of the chart; what is not known of it is null. All values are what the period has come to at the day's end. */
export interface OutlookPoint {
  at: string;
  used: number | null;
  expected: number | null;
  /** Between what 95 of 100 such days lie. */
  band: [number, number] | null;
}

/**
 * What is drawn of a period: whole days as they were, and from the last of them on as it is expected, so that the one line begins
 * where the other ends.
 */
export function outlookPoints({ days }: UsageOutlook): OutlookPoint[] {
  const isForetold = days.some(({ expected }) => expected !== null);
  return days.map(({ date, used, expected }, place) => {
    const next = days[place + 1];
    const joins = isForetold && expected === null && (next?.expected ?? null) !== null && used !== null;
    return {
      at: `${date}T00:00:00Z`,
      used,
      expected: joins ? used : (expected?.mean ?? null),
      band: joins ? [used, used] : expected && [expected.lo, expected.hi],
    };
  });
}

/** A probability as people say it. */
export function chanceWords(probability: number): string {
  if (probability < 0.05) return 'very unlikely';
  if (probability < 0.35) return 'unlikely';
  if (probability <= 0.65) return 'about as likely as not';
  return probability <= 0.95 ? 'likely' : 'almost certain';
}
