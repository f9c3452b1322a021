// What metering and limits cost a plain node:http handler, in CPU time of the server's process per request: key, rate limit, lease,
// usage event, recording in Postgres; with the journal on disk, with no durability, and what waiting for the disk costs alone.

import { type BenchServer, withBenchServer } from './bench-server';
import { type Figure, measureInPairs, pairFigure, type Pairs } from './measure';

const DURATION_MS = 500;
/** Two processes of one program differ by some percent for as long as they live, as V8 happens to compile them. */
const PROCESSES = 4;
const ROUNDS = 15;
const UNTIL_COMPILED_MS = 5_000;

async function compare({ cpuPerRequest }: BenchServer, path: string): Promise<Pairs> {
  const cpuOf = (of: string) => () => cpuPerRequest(of, DURATION_MS);
  await cpuPerRequest(path, UNTIL_COMPILED_MS);
  return measureInPairs(ROUNDS, cpuOf('/bare'), cpuOf(path));
}

/** Compares a path with the bare one in one process after another. */
async function sittings(path: string, env: Record<string, string> = {}): Promise<Pairs[]> {
  const pairs: Pairs[] = [];
  while (pairs.length < PROCESSES)
    pairs.push(await withBenchServer({ program: 'node-server.ts', env }, (bench) => compare(bench, path)));
  return pairs;
}

export async function benchNodeHandler(): Promise<Figure[]> {
  const figure = (name: string, pairs: readonly Pairs[]) =>
    pairFigure(`${name} ÷ bare, CPU per request`, pairs, 'µs', 1);
  return [
    { ...figure('metered node:http handler', await sittings('/metered')), atMost: 1.5 },
    figure('bare handler that waits for 400 bytes on the disk', await sittings('/waiting')),
    figure('metered without durability', await sittings('/metered', { USAGE_DURABILITY: 'memory' })),
  ];
}
