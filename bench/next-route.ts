// What metering costs a Next route, in throughput: withApiKey with a journal on disk, beside the same handler bare, in one application.

import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { createBenchKeys, withServerEnvironment } from './metered-services';
import { type Figure, measureInPairs, round } from './measure';
import { load, ServerProcess } from './server-process';
import { withBenchDatabase } from './usage-database';

const CONNECTIONS = 64;
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
  return withBenchDatabase((database) =>
    withServerEnvironment(database, async (env) => {
      const { secret } = await (await createBenchKeys(database)).create();
      const headers = { authorization: `Bearer ${secret}` };
      const server = await ServerProcess.start(resolve(__dirname, 'next-server.ts'), env);
      try {
        const throughput = (path: string) => async () =>
          (
            await load(`http://127.0.0.1:${server.port}${path}`, {
              headers,
              connections: CONNECTIONS,
              durationMs: DURATION_MS,
            })
          ).perSecond;
        const [bare, metered] = [throughput('/bare'), throughput('/metered')];
        await bare();
        await metered();
        const pairs = await measureInPairs(ROUNDS, bare, metered);
        return [
          {
            name: 'metered Next route ÷ bare Next route, throughput',
            ratio: pairs.ratio,
            atLeast: 0.95,
            detail: `${Math.round(pairs.candidate)} ÷ ${Math.round(pairs.baseline)} requests/s, ± ${round(pairs.spread)}, noise floor ${round(pairs.noise.ratio)} ± ${round(pairs.noise.spread)}`,
          },
        ];
      } finally {
        await server.stop();
      }
    }),
  );
}
