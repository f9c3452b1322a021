import { AppError } from '@/kernel/errors';
import { HOURLY_SUMS_DAYS } from '@/metering/contracts';
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

/**
 * A range cut where the sums change: whole UTC days are read from sums by day, other whole hours from sums by hour, and
 * what lies in an hour that begins before the range or ends after it from the events themselves.
 */
export interface RangeParts {
  days: Range;
  /** Hours before the first and after the last whole day; either may be empty. */
  edges: [Range, Range];
  /** Parts of the first and of the last hour; empty where the range begins or ends with a whole one. */
  cuts: [Range, Range];
}

const floorTo = (timeMs: number, stepMs: number) => Math.floor(timeMs / stepMs) * stepMs;
const ceilTo = (timeMs: number, stepMs: number) => Math.ceil(timeMs / stepMs) * stepMs;
const rangeOf = (fromMs: number, toMs: number): Range => ({ from: new Date(fromMs), to: new Date(toMs) });
export const isEmpty = ({ from, to }: Range): boolean => from.getTime() >= to.getTime();
/** The whole steps within a range; empty, at a place within it, where there is none. */
function wholeSteps({ from, to }: Range, stepMs: number): Range {
  const firstMs = ceilTo(from.getTime(), stepMs);
  const lastMs = floorTo(to.getTime(), stepMs);
  return firstMs < lastMs ? rangeOf(firstMs, lastMs) : { from: to, to };
}

function refuse(field: string, message: string): never {
  throw new AppError('invalid_request', `${field}: ${message}`, { issues: [{ field, message }] });
}

/**
 * The range a query asks for: `from` and `to` to the millisecond. `hours`, and `days` up to 7, count back from the end of the current hour; more days
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
  const fromMs = Date.parse(from);
  const toMs = to === undefined ? endOfHourMs : Date.parse(to);
  if (!(fromMs < toMs)) refuse('to', 'must be later than from');
  if ((to === undefined ? now.getTime() : toMs) - fromMs > MAX_DAYS * DAY_MS)
    refuse('to', `a range may span ${MAX_DAYS} days at most`);
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

/** The whole UTC days of a range, and the parts of days before and after them. */
export function splitAtDays(range: Range): { days: Range; rests: [Range, Range] } {
  const days = wholeSteps(range, DAY_MS);
  return { days, rests: [rangeOf(range.from.getTime(), days.from.getTime()), { from: days.to, to: range.to }] };
}

export function splitRange(range: Range): RangeParts {
  const { edges, cuts } = hoursOnly(range);
  const { days, rests } = splitAtDays(edges[0]);
  return { days, edges: rests, cuts };
}

/** The same range read by the hour alone. */
export function hoursOnly(range: Range): RangeParts {
  const { to } = range;
  const hours = wholeSteps(range, HOUR_MS);
  return {
    days: { from: to, to },
    edges: [hours, { from: to, to }],
    cuts: [rangeOf(range.from.getTime(), hours.from.getTime()), { from: hours.to, to }],
  };
}

/** A range widened to whole UTC days. */
export const toWholeDays = ({ from, to }: Range): Range =>
  rangeOf(floorTo(from.getTime(), DAY_MS), ceilTo(to.getTime(), DAY_MS));

/** The UTC midnight before which sums are kept by the day only. */
const hoursKeptFrom = (now: Date): number => floorTo(now.getTime(), DAY_MS) - HOURLY_SUMS_DAYS * DAY_MS;

/** Whether some of a range lies where sums are kept by the day only. */
export const isByDayOnly = ({ from }: Range, now: Date): boolean => from.getTime() < hoursKeptFrom(now);

/**
 * @throws AppError invalid_request where a range begins or ends within a day of which only the sum is kept.
 */
export function requireKeptSums({ from, to }: Range, now: Date): void {
  const keptFromMs = hoursKeptFrom(now);
  const cutsDay = [from, to].some((end) => end.getTime() < keptFromMs && end.getTime() % DAY_MS !== 0);
  if (cutsDay) {
    refuse(
      'from',
      `what is older than ${HOURLY_SUMS_DAYS} days is kept by UTC days only. Begin and end with whole days, or after ${new Date(keptFromMs).toISOString()}`,
    );
  }
}

/** Starts of the UTC hours or days that a range touches, in order. */
export function bucketStarts({ from, to }: Range, interval: 'hour' | 'day'): Date[] {
  const stepMs = interval === 'hour' ? HOUR_MS : DAY_MS;
  const starts: Date[] = [];
  for (let atMs = floorTo(from.getTime(), stepMs); atMs < to.getTime(); atMs += stepMs) starts.push(new Date(atMs));
  return starts;
}

/** The parts of a range that lie in each UTC hour or day: all whole but the first and the last. */
export function bucketsOf(range: Range, interval: 'hour' | 'day'): Range[] {
  const starts = bucketStarts(range, interval);
  return starts.map((start, place) => ({
    from: place === 0 ? range.from : start,
    to: starts[place + 1] ?? range.to,
  }));
}

export const lengthInDays = ({ from, to }: Range): number => (to.getTime() - from.getTime()) / DAY_MS;
