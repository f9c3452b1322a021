const utc = (options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat('en', { timeZone: 'UTC', hourCycle: 'h23', ...options });

const day = utc({ month: 'short', day: 'numeric' });
const date = utc({ month: 'short', day: 'numeric', year: 'numeric' });
const weekday = utc({ weekday: 'short', month: 'short', day: 'numeric' });
const hour = utc({ hour: '2-digit', minute: '2-digit' });
const second = utc({ hour: '2-digit', minute: '2-digit', second: '2-digit' });

type Instant = string | number | Date;

/** `Nov 22` */
export const formatDay = (at: Instant): string => day.format(new Date(at));
/** `Nov 22, 2026` */
export const formatDate = (at: Instant): string => date.format(new Date(at));
/** `Sun, Nov 22` */
export const formatWeekday = (at: Instant): string => weekday.format(new Date(at));
/** `14:00`, UTC */
export const formatHour = (at: Instant): string => hour.format(new Date(at));
/** `14:02:11`, UTC */
export const formatSecond = (at: Instant): string => second.format(new Date(at));
/** `Nov 22, 2026, 14:02:11 UTC` */
export const formatInstant = (at: Instant): string =>
  `${date.format(new Date(at))}, ${second.format(new Date(at))} UTC`;

const HOUR_MS = 3_600_000;
const STEPS = [
  { unit: 'day', stepMs: 24 * HOUR_MS },
  { unit: 'hour', stepMs: HOUR_MS },
  { unit: 'minute', stepMs: 60_000 },
] as const;
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' });

/** `just now`, `5 min. ago`, `yesterday`, `in 3 hr.`; beyond 30 days the date. */
export function formatRelative(at: Instant, nowMs: number): string {
  const distanceMs = new Date(at).getTime() - nowMs;
  const size = Math.abs(distanceMs);
  if (size < 60_000) return 'just now';
  if (size > 30 * 24 * HOUR_MS) return formatDate(at);
  const { unit, stepMs } = STEPS.find((step) => size >= step.stepMs) ?? STEPS[2];
  return relative.format(Math.trunc(distanceMs / stepMs), unit);
}
