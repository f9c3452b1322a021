/** When scheduled reports are made, and of which periods, by the days of a time zone. Pure. */

/** `day` is one of the week from Monday (1) to Sunday (7), or of the month; a shorter month has its last day instead. */
export interface Rhythm {
  every: 'week' | 'month';
  day: number;
  /** IANA, e.g. `Europe/Berlin`. */
  timeZone: string;
}

interface Due {
  /** The newest period that is over and may be reported of. */
  period: { from: Date; to: Date };
  /** When the one after it may. */
  nextAt: Date;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** After the end of a period, so that what was used in its last hours is there. */
const MADE_AFTER_MS = 6 * HOUR_MS;
/** No zone is further from UTC. */
const FARTHEST_MS = 15 * HOUR_MS;

/** Days as the milliseconds of their UTC midnight: a calendar without zones. */
type Day = number;

const formats = new Map<string, Intl.DateTimeFormat>();
function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
    formats.set(timeZone, format);
  }
  return format;
}

export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** The day that a calendar on the wall shows. */
const dayAt = (at: Date, timeZone: string): Day => Date.parse(formatOf(timeZone).format(at));

/** The first instant of a day, to the minute: where clocks go forward at midnight, that is no midnight. */
function startOf(day: Day, timeZone: string): Date {
  let [before, from] = [(day - FARTHEST_MS) / MINUTE_MS, (day + FARTHEST_MS) / MINUTE_MS];
  while (from - before > 1) {
    const middle = Math.floor((before + from) / 2);
    if (dayAt(new Date(middle * MINUTE_MS), timeZone) >= day) from = middle;
    else before = middle;
  }
  return new Date(from * MINUTE_MS);
}

/** The day on which the period of `monthsOn` months after that of `day` begins. Never chained: 31 January, 28 February, 31 March. */
function inMonth(day: Day, monthsOn: number, wanted: number): Day {
  const date = new Date(day);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + monthsOn];
  const last = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  return Date.UTC(year, month, Math.min(wanted, last));
}

/** The first days of the period that holds `day`, of the one before, and of the one after. */
function boundaries({ every, day: wanted }: Rhythm, day: Day): { previous: Day; present: Day; next: Day } {
  if (every === 'week') {
    const weekday = new Date(day).getUTCDay() || 7;
    const present = day - ((weekday - wanted + 7) % 7) * DAY_MS;
    return { previous: present - 7 * DAY_MS, present, next: present + 7 * DAY_MS };
  }
  const shift = inMonth(day, 0, wanted) <= day ? 0 : -1;
  return {
    previous: inMonth(day, shift - 1, wanted),
    present: inMonth(day, shift, wanted),
    next: inMonth(day, shift + 1, wanted),
  };
}

/** What may be reported of at `now`. Periods follow each other without gaps, whatever clocks do. */
export function dueAt(rhythm: Rhythm, now: Date): Due {
  const { timeZone } = rhythm;
  const day = dayAt(new Date(now.getTime() - MADE_AFTER_MS), timeZone);
  const { previous, present, next } = boundaries(rhythm, day);
  return {
    period: { from: startOf(previous, timeZone), to: startOf(present, timeZone) },
    nextAt: new Date(startOf(next, timeZone).getTime() + MADE_AFTER_MS),
  };
}
