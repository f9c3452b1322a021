// npm run detect < series.ndjson: how unusual each value of a series is, by the code that tells organizations of anomalies. One JSON object a
// line, answered in the same order. A line that cannot be read is answered with its error, and the program exits with 1.

import { createInterface } from 'node:readline';
import { readSeries, scoreSeries } from '@/insight';

/** More digits than anybody compares; at 0.5 a score must not be rounded up to it. */
const rounded = (score: number): number => Math.floor(score * 10_000) / 10_000;

async function main(): Promise<void> {
  let number = 0;
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    number += 1;
    if (line.trim() === '') continue;
    try {
      const { series, timestampsMs, values } = readSeries(line);
      console.log(JSON.stringify({ series, scores: scoreSeries(timestampsMs, values).map(rounded) }));
    } catch (error) {
      process.exitCode = 1;
      const message = error instanceof Error ? error.message : String(error);
      console.log(JSON.stringify({ series: seriesOf(line), error: `line ${number}: ${message}` }));
    }
  }
}

const seriesOf = (line: string): unknown => {
  try {
    return (JSON.parse(line) as { series?: unknown } | null)?.series ?? null;
  } catch {
    return null;
  }
};

void main();
