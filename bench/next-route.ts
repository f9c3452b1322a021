// What metering and limits cost a Next route, in throughput: withApiKey with rate limit, lease and a journal on disk, beside the
// same handler bare, in one application.

import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pairFigure, withBenchServer } from './bench-server';
import { type Figure, measureInPairs } from './measure';

const DURATION_MS = 3_000;
const ROUNDS = 12;

export async function benchNextRoute(): Promise<Figure[]> {
  const app = resolve(__dirname, 'next-app');
  const next = createRequire(__filename).resolve('next/dist/bin/next');
  const build = spawnSync(process.execPath, [next, 'build', app], {
    encoding: 'utf8',
    env: { ...process.env, NODE_ENV: 'production' },
  });
  if (build.status !== 0) throw new Error(`next build failed:\n${build.stdout}${build.stderr}`);
  return withBenchServer({ program: 'next-server.ts' }, async ({ drive }) => {
    const throughput = (path: string) => async () => (await drive(path, DURATION_MS)).perSecond;
    const [bare, metered] = [throughput('/bare'), throughput('/metered')];
    await bare();
    await metered();
    const pairs = await measureInPairs(ROUNDS, bare, metered);
    const name = 'metered and limited Next route ÷ bare Next route, throughput';
    return [{ ...pairFigure(name, pairs, 'requests/s', 0), atLeast: 0.95 }];
  });
}
