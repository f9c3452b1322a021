/** The numbers at a chart's side. Pure. */

const STEPS = [1, 2, 2.5, 5, 10];

/** Round numbers from 0 to at least `highest`, four steps at most. @param highest not negative */
export function ticksUpTo(highest: number): number[] {
  if (!(highest > 0) || !Number.isFinite(highest)) return [0, 1];
  const rough = highest / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = STEPS.map((factor) => factor * power).find((candidate) => candidate >= rough * (1 - 1e-9))!;
  const count = Math.ceil((highest / step) * (1 - 1e-9));
  return Array.from({ length: count + 1 }, (_, at) => at * step);
}

const COMPACT = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });
const TINY = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 2 });

export const tickText = (value: number): string =>
  value !== 0 && value < 1 ? TINY.format(value) : COMPACT.format(value);

/** Places whose labels are printed: the first, and every so many after it. */
export function labelledPlaces(count: number, room: number): number[] {
  const step = Math.max(1, Math.ceil(count / Math.max(1, room)));
  return Array.from({ length: Math.ceil(count / step) }, (_, at) => at * step);
}
