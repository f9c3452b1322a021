// What metering and limits cost a Next route, in throughput: withApiKey with rate limit, lease and a journal on disk, beside the
// same handler bare, in one application.

import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { withBenchServer } from './bench-server';
import { type Figure, measureInPairs, pairFigure } from './measure';

/** Short, so that a pair sees one and the same machine, and many, so that what disturbs it does not matter. */
const DURATION_MS = 1_000;
const ROUNDS = 60;
const UNTIL_COMPILED_MS = 5_000;

export async function benchNextRoute(): Promise<Figure[]> {
  const app = resolve(__dirname, 'next-app');
  const next = createRequire(__filename).resolve('next/dist/bin/next');
  const build = spawnSync(process.execPath, [next, 'build', app], {
    encoding: 'utf8',
    env: { ...process.env, NODE_ENV: 'production' },
  });
  if (build.status !== 0) throw new Error(`next build failed:\n${build.stdout}${build.stderr}`);
  return withBenchServer({ program: 'next-server.ts' }, async ({ throughput }) => {
    const measure = (path: string) => () => throughput(path, DURATION_MS);
    await throughput('/bare', UNTIL_COMPILED_MS);
    await throughput('/metered', UNTIL_COMPILED_MS);
    const pairs = await measureInPairs(ROUNDS, measure('/bare'), measure('/metered'));
    const name = 'metered and limited Next route ÷ bare Next route, throughput';
    return [{ ...pairFigure(name, [pairs], 'requests/s', 0), atLeast: 0.95 }];
  });
}
