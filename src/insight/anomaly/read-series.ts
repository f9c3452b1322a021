import { z } from 'zod';
import { AppError } from '@/kernel/errors';

export interface TimeSeries {
  series: string | number;
  /** UTC, in the order in which they came. */
  timestampsMs: number[];
  /** NaN where a value is missing, or comes again for a time that was there: a clock was set back. */
  values: number[];
}

const INSTANT = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?))?(Z|[+-]\d{2}:?\d{2})?$/;

/** ISO 8601, or "YYYY-MM-DD HH:MM:SS"; UTC where no offset is given. NaN for anything else, and for days that no calendar has. */
function parseInstant(text: string): number {
  const [, day, time = '00:00', offset = 'Z'] = INSTANT.exec(text) ?? [];
  if (day === undefined) return Number.NaN;
  const midnight = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(midnight.getTime()) || !midnight.toISOString().startsWith(day)) return Number.NaN;
  return Date.parse(`${day}T${time}${offset}`);
}

/** How far clocks are set back when summer time ends. */
const SET_BACK_MS = 3_600_000;

const seriesLine = z.strictObject({
  series: z.union([z.string(), z.number()]),
  timestamps: z.array(z.string()),
  values: z.array(z.number().nullable()),
});

/**
 * One line: {"series", "timestamps": […], "values": […]}; a value of null is missing. Clocks may be set back by an hour, and what
 * they show again is missing too.
 * @throws AppError invalid_request that names the field.
 */
export function readSeries(line: string): TimeSeries {
  const parsed = seriesLine.safeParse(parseJson(line));
  if (!parsed.success) {
    const [{ path, message }] = parsed.error.issues as [z.core.$ZodIssue];
    throw new AppError('invalid_request', `${fieldAt(path)}: ${message}`);
  }
  const { series, timestamps, values } = parsed.data;
  if (values.length !== timestamps.length) {
    throw new AppError(
      'invalid_request',
      `values: expected as many as timestamps (${timestamps.length}), got ${values.length}`,
    );
  }
  const timestampsMs = timestamps.map(parseInstant);
  let latest = 0;
  const read = values.map((value, index) => {
    const [atMs, latestMs] = [timestampsMs[index]!, timestampsMs[latest]!];
    const [field, text] = [`timestamps[${index}]`, timestamps[index]!.slice(0, 40)];
    if (Number.isNaN(atMs)) {
      const expected = 'an instant such as "2026-03-01T12:00:00Z" or "2026-03-01 12:00:00"';
      throw new AppError('invalid_request', `${field}: expected ${expected}, got "${text}"`);
    }
    if (atMs < latestMs - SET_BACK_MS) {
      throw new AppError('invalid_request', `${field}: expected later than ${timestamps[latest]!}, got ${text}`);
    }
    if (index > 0 && atMs <= latestMs) return Number.NaN;
    latest = index;
    return value ?? Number.NaN;
  });
  return { series, timestampsMs, values: read };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new AppError('invalid_request', 'expected a JSON object');
  }
}

const fieldAt = (path: PropertyKey[]): string =>
  path.length === 0 ? 'line' : path.map((part) => (typeof part === 'number' ? `[${part}]` : String(part))).join('');
