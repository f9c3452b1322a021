// What metering and limits cost a plain node:http handler, in CPU time of the server's process per request: key, rate limit, lease,
// usage event, recording in Postgres; with the journal on disk, with no durability, and what waiting for the disk costs alone.

import { type BenchServer, withBenchServer } from './bench-server';
import { type Figure, measureInPairs, pairFigure } from './measure';

const DURATION_MS = 500;
const ROUNDS = 60;
const UNTIL_COMPILED_MS = 5_000;

async function compare({ cpuPerRequest }: BenchServer, path: string, name: string): Promise<Figure> {
  const cpuOf = (of: string) => () => cpuPerRequest(of, DURATION_MS);
  await cpuPerRequest(path, UNTIL_COMPILED_MS);
  return pairFigure(name, await measureInPairs(ROUNDS, cpuOf('/bare'), cpuOf(path)), 'µs', 1);
}

export async function benchNodeHandler(): Promise<Figure[]> {
  const program = 'node-server.ts';
  const journal = await withBenchServer({ program }, async (bench) => [
    { ...(await compare(bench, '/metered', 'metered node:http handler ÷ bare, CPU per request')), atMost: 1.5 },
    await compare(bench, '/waiting', 'bare handler that waits for 400 bytes on the disk ÷ bare, CPU per request'),
  ]);
  const memory = await withBenchServer({ program, env: { USAGE_DURABILITY: 'memory' } }, (bench) =>
    compare(bench, '/metered', 'metered without durability ÷ bare, CPU per request'),
  );
  return [...journal, memory];
}
