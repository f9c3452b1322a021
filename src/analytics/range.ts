import { AppError } from '@/kernel/errors';
import { type RangeQuery } from './contracts';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const MAX_DAYS = 400;
/** Longest range that begins at any hour, and that is drawn by the hour unless the caller says otherwise. */
export const HOURLY_DAYS = 7;
const DEFAULT_DAYS = 30;

/** A half-open interval of instants. */
export interface Range {
  from: Date;
  to: Date;
}

/** A range cut where the sums change: whole UTC days are read from sums by day, the rest from sums by hour. */
export interface RangeParts {
  days: Range;
  /** Hours before the first and after the last whole day; either may be empty. */
  edges: [Range, Range];
}

const floorTo = (timeMs: number, stepMs: number) => Math.floor(timeMs / stepMs) * stepMs;
const ceilTo = (timeMs: number, stepMs: number) => Math.ceil(timeMs / stepMs) * stepMs;
const rangeOf = (fromMs: number, toMs: number): Range => ({ from: new Date(fromMs), to: new Date(toMs) });

function refuse(field: string, message: string): never {
  throw new AppError('invalid_request', `${field}: ${message}`, { issues: [{ field, message }] });
}

/**
 * The range a query asks for, in whole hours. `hours`, and `days` up to 7, count back from the end of the current hour; more days
 * begin at a UTC midnight, so that `days=30` is thirty points of which only today's is still growing.
 * @throws AppError invalid_request if the range is contradictory, empty or longer than 400 days.
 */
export function resolveRange(query: Pick<RangeQuery, 'from' | 'to' | 'days' | 'hours'>, now: Date): Range {
  const { from, to, days, hours } = query;
  const given = [from ?? to, days, hours].filter((value) => value !== undefined);
  if (given.length > 1) refuse('from', 'give from and to, or days, or hours');
  const endOfHourMs = floorTo(now.getTime(), HOUR_MS) + HOUR_MS;
  if (hours !== undefined) return rangeOf(endOfHourMs - hours * HOUR_MS, endOfHourMs);
  if (from === undefined) {
    if (to !== undefined) refuse('from', 'is needed with to');
    const length = days ?? DEFAULT_DAYS;
    if (length <= HOURLY_DAYS) return rangeOf(endOfHourMs - length * DAY_MS, endOfHourMs);
    return rangeOf(floorTo(now.getTime(), DAY_MS) - (length - 1) * DAY_MS, endOfHourMs);
  }
  const fromMs = floorTo(Date.parse(from), HOUR_MS);
  const toMs = to === undefined ? endOfHourMs : ceilTo(Date.parse(to), HOUR_MS);
  if (!(fromMs < toMs)) refuse('to', 'must be later than from');
  // Measured before widening: what is asked for counts.
  const askedMs = (to === undefined ? now.getTime() : Date.parse(to)) - Date.parse(from);
  if (askedMs > MAX_DAYS * DAY_MS) refuse('to', `a range may span ${MAX_DAYS} days at most`);
  return rangeOf(fromMs, toMs);
}

/** The range of equal length that ends where `range` begins. */
export function rangeBefore({ from, to }: Range): Range {
  return rangeOf(2 * from.getTime() - to.getTime(), from.getTime());
}

/** The UTC day of an instant. */
export function dayOf(now: Date): Range {
  const midnightMs = floorTo(now.getTime(), DAY_MS);
  return rangeOf(midnightMs, midnightMs + DAY_MS);
}

export function splitRange({ from, to }: Range): RangeParts {
  const [fromMs, toMs] = [from.getTime(), to.getTime()];
  const firstDayMs = ceilTo(fromMs, DAY_MS);
  const lastDayMs = floorTo(toMs, DAY_MS);
  if (firstDayMs >= lastDayMs)
    return { days: rangeOf(toMs, toMs), edges: [rangeOf(fromMs, toMs), rangeOf(toMs, toMs)] };
  return {
    days: rangeOf(firstDayMs, lastDayMs),
    edges: [rangeOf(fromMs, firstDayMs), rangeOf(lastDayMs, toMs)],
  };
}

/** The same range read by the hour alone. */
export const hoursOnly = (range: Range): RangeParts => ({
  days: { from: range.to, to: range.to },
  edges: [range, { from: range.to, to: range.to }],
});

/** Starts of the UTC hours or days that a range touches, in order. */
export function bucketStarts({ from, to }: Range, interval: 'hour' | 'day'): Date[] {
  const stepMs = interval === 'hour' ? HOUR_MS : DAY_MS;
  const starts: Date[] = [];
  for (let atMs = floorTo(from.getTime(), stepMs); atMs < to.getTime(); atMs += stepMs) starts.push(new Date(atMs));
  return starts;
}

export const lengthInDays = ({ from, to }: Range): number => (to.getTime() - from.getTime()) / DAY_MS;
