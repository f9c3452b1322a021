// npm run detect < series.ndjson: how unusual each value of a series is, by the code that tells organizations of anomalies. One JSON object a
// line, answered in the same order. A line that cannot be read is answered with its error, and the program exits with 1.

import { readSeries, scoreSeries } from '@/insight';
import { answerLines } from './answer-lines';

/** More digits than anybody compares; at 0.5 a score must not be rounded up to it. */
const rounded = (score: number): number => Math.floor(score * 10_000) / 10_000;

/** @throws AppError invalid_request that names the field. */
function scoreLine(line: string) {
  const { series, timestampsMs, values } = readSeries(line);
  return { series, scores: scoreSeries(timestampsMs, values).map(rounded) };
}

void answerLines('series', scoreLine);
