// How long a revoked key goes on working in another process that was idle: from the call that revokes it to the first refusal.

import { setTimeout as sleep } from 'node:timers/promises';
import { withBenchServer } from './bench-server';
import { type Figure, median, round } from './measure';

const TRIALS = 100;
/** Pause before each revocation, in ms: the other process has nothing to do meanwhile. */
const IDLE_MS = 300;
const LIMIT_MS = 1_000;

export async function benchRevocation(): Promise<Figure[]> {
  return withBenchServer({ program: 'node-server.ts' }, async ({ keys, server }) => {
    const statusOf = async (secret: string) => {
      const response = await fetch(`http://127.0.0.1:${server.port}/metered`, {
        headers: { authorization: `Bearer ${secret}` },
      });
      await response.arrayBuffer();
      return response.status;
    };
    const timesMs: number[] = [];
    for (let trial = 0; trial < TRIALS; trial += 1) {
      const { id, secret } = await keys.create();
      if ((await statusOf(secret)) !== 200) throw new Error('a new key is refused');
      await sleep(IDLE_MS);
      const revokedAtMs = performance.now();
      await keys.revoke(id);
      while ((await statusOf(secret)) !== 401) await sleep(1);
      timesMs.push(performance.now() - revokedAtMs);
    }
    const sorted = timesMs.toSorted((a, b) => a - b);
    const p99 = sorted[Math.ceil(0.99 * TRIALS) - 1]!;
    return [
      {
        name: 'revoke to refusal in another, idle process, p99 ÷ 1 s',
        ratio: p99 / LIMIT_MS,
        atMost: 1,
        detail: `p50 ${round(median(timesMs), 1)} ms, p99 ${round(p99, 1)} ms, highest ${round(sorted.at(-1)!, 1)} ms, ${TRIALS} trials`,
      },
    ];
  });
}
