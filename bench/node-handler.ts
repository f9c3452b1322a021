// What metering costs a plain node:http handler, in CPU time of the server's process per request: key, usage event, journal on disk,
// recording in Postgres.

import { resolve } from 'node:path';
import { createBenchKeys, withServerEnvironment } from './metered-services';
import { type Figure, measureInPairs, round } from './measure';
import { load, ServerProcess } from './server-process';
import { withBenchDatabase } from './usage-database';

const CONNECTIONS = 64;
const DURATION_MS = 2_000;
const ROUNDS = 10;

export async function benchNodeHandler(): Promise<Figure[]> {
  return withBenchDatabase((database) =>
    withServerEnvironment(database, async (env) => {
      const { secret } = await (await createBenchKeys(database)).create();
      const headers = { authorization: `Bearer ${secret}` };
      const server = await ServerProcess.start(resolve(__dirname, 'node-server.ts'), env);
      try {
        const cpuPerRequest = (path: string) => async () => {
          const beforeMs = await server.cpuMs();
          const { count } = await load(`http://127.0.0.1:${server.port}${path}`, {
            headers,
            connections: CONNECTIONS,
            durationMs: DURATION_MS,
          });
          return (((await server.cpuMs()) - beforeMs) * 1_000) / count;
        };
        const [bare, metered] = [cpuPerRequest('/bare'), cpuPerRequest('/metered')];
        await bare();
        await metered();
        const pairs = await measureInPairs(ROUNDS, bare, metered);
        return [
          {
            name: 'metered node:http handler ÷ bare, CPU per request',
            ratio: pairs.ratio,
            atMost: 1.5,
            detail: `${round(pairs.candidate, 1)} ÷ ${round(pairs.baseline, 1)} µs, ± ${round(pairs.spread)}, noise floor ${round(pairs.noise.ratio)} ± ${round(pairs.noise.spread)}`,
          },
        ];
      } finally {
        await server.stop();
      }
    }),
  );
}
