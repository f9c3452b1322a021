// What metering and limits cost a plain node:http handler, in CPU time of the server's process per request: key, rate limit, lease,
// usage event, recording in Postgres; with the journal on disk, with no durability, and what waiting for the disk costs alone.

import { type BenchServer, pairFigure, withBenchServer } from './bench-server';
import { type Figure, measureInPairs } from './measure';

const DURATION_MS = 2_000;
const ROUNDS = 10;

async function compare({ drive }: BenchServer, path: string, name: string): Promise<Figure> {
  const cpuOf = (of: string) => async () => (await drive(of, DURATION_MS)).cpuUs;
  await cpuOf(path)();
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
