// npm run forecast < tasks.ndjson: what comes after histories, one JSON object a line and in the same order, by the model that the
// product forecasts with unless told otherwise. A line that cannot be read is answered with its error and its number, and
// the program exits with 1.

import { z } from 'zod';
import { AppError } from '@/kernel/errors';
import { forecast } from '@/insight';
import { answerLines } from './answer-lines';

const HOURS_OF_WEEK = 168;
/** From three weeks on, hours have a profile of the week: two show it, and a third that it holds. */
const WEEKS_FOR_HOURS = 3;

/** A history with its newest value last; null is a gap. Its place on the calendar (`start`) changes nothing of the answer. */
const task = z.strictObject({
  task: z.union([z.string(), z.number()]),
  freq: z.enum(['D', 'H']),
  season: z.union([z.literal(7), z.literal(24)]),
  horizon: z.int().min(1).max(10_000),
  start: z.string(),
  history: z
    .array(z.number().nullable())
    .max(1_000_000)
    .refine((values) => values.some((value) => value !== null), 'expected at least one value that is not null'),
});

/** @throws AppError invalid_request that names the field. */
function forecastLine(line: string) {
  const parsed = task.safeParse(JSON.parse(line));
  if (!parsed.success) {
    throw new AppError('invalid_request', z.prettifyError(parsed.error).replaceAll(/\s+/g, ' '));
  }
  const { task: name, freq, horizon, history } = parsed.data;
  const hasWeeks = freq === 'H' && history.length >= WEEKS_FOR_HOURS * HOURS_OF_WEEK;
  const season = hasWeeks ? HOURS_OF_WEEK : parsed.data.season;
  const { mean, lo, hi } = forecast(history, { season, horizon, model: 'auto' });
  return { task: name, mean, lo, hi };
}

void answerLines('task', forecastLine);
