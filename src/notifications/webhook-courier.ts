/**
 * Delivers webhooks. An endpoint is held by one process at a time and gets its deliveries one after the other, oldest first; endpoints
 * are served side by side, so a slow one keeps no other waiting. What fails is passed by, and comes again later under the same id.
 */
import { type Pool } from 'pg';
import { type Clock } from '@/kernel/clock';
import { postWebhook, type WebhookAnswer } from './post-webhook';
import { giveUpUntold, markFailed } from './outbox-store';
import { ATTEMPT_LIMIT, retryPauseMs } from './retry-pause';
import { retryAfterMs } from './retry-after';
import { sideBySide } from './side-by-side';
import { signedHeaders } from './sign-webhook';
import {
  claimDelivery,
  type ClaimedEndpoint,
  claimEndpoints,
  listDue,
  markDelivered,
  releaseEndpoint,
  switchEndpointOff,
} from './webhook-claim-store';

export interface WebhookCourier {
  /** Delivers what is due until nothing is, or `budgetMs` are over. Several processes may do so at once. */
  deliver(budgetMs: number): Promise<{ delivered: number; failed: number }>;
}

interface Options {
  pool: Pool;
  clock: Clock;
  allowLoopback: boolean;
  /** For how long deliveries run, in ms of any origin. */
  monotonicMs: () => number;
  /** In [0, 1): spreads what failed together. */
  chance?: () => number;
  post?: typeof postWebhook;
}

/** Endpoints that are served at once. */
const WIDTH = 8;
/** Failures in a row after which an endpoint is taken to be unwell, and left alone until the next run. */
const FAILURES = 3;
/** How long it is left alone then, in ms. */
const REST_MS = 30_000;
/** How long one claim of an endpoint is served, in ms: with a last request of 15 s it stays within its lease. */
const SERVED_MS = 60_000;

export function createWebhookCourier(options: Options): WebhookCourier {
  const { pool, clock, allowLoopback, monotonicMs, chance = Math.random, post = postWebhook } = options;

  async function attempt(
    endpoint: ClaimedEndpoint,
    id: string,
  ): Promise<{ well: boolean; restUntil: Date | null } | null> {
    const taken = await claimDelivery(pool, id, clock.now());
    if (!taken) return null;
    const secrets = [endpoint.secret, ...(endpoint.previous_secret === null ? [] : [endpoint.previous_secret])];
    const headers = signedHeaders(`msg_${id}`, taken.body_text, secrets, clock.now());
    let answer: WebhookAnswer | null = null;
    let reason: string;
    try {
      answer = await post(endpoint.url, taken.body_text, headers, { allowLoopback });
      reason = `Answered ${answer.status}.`;
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
    const now = clock.now();
    if (answer && answer.status >= 200 && answer.status < 300) {
      await markDelivered(pool, id, answer.text, now);
      return { well: true, restUntil: null };
    }
    const gone = answer?.status === 410;
    if (gone) await switchEndpointOff(pool, endpoint.id, 'Its receiver answered 410 (gone).');
    const asked = retryAfterMs(answer?.retryAfter ?? null, now) ?? (gone ? 0 : null);
    const pauseMs = Math.max(retryPauseMs(taken.attempts, chance()), asked ?? 0);
    const next = taken.attempts < ATTEMPT_LIMIT ? new Date(now.getTime() + pauseMs) : null;
    await markFailed(pool, taken, { reason, answer: answer?.text ?? null }, next, now);
    return { well: false, restUntil: asked === null ? null : new Date(now.getTime() + asked) };
  }

  async function serve(endpoint: ClaimedEndpoint, done: { delivered: number; failed: number }, endMs: number) {
    let inARow = 0;
    let restUntil: Date | null = null;
    try {
      for (const id of await listDue(pool, endpoint.id, clock.now())) {
        if (monotonicMs() >= endMs) break;
        const outcome = await attempt(endpoint, id);
        if (!outcome) continue;
        done[outcome.well ? 'delivered' : 'failed']++;
        inARow = outcome.well ? 0 : inARow + 1;
        restUntil = outcome.restUntil ?? (inARow >= FAILURES ? new Date(clock.now().getTime() + REST_MS) : null);
        if (restUntil) break;
      }
    } finally {
      await releaseEndpoint(pool, endpoint, restUntil);
    }
  }

  return {
    async deliver(budgetMs) {
      const done = { delivered: 0, failed: 0 };
      const endMs = monotonicMs() + budgetMs;
      await giveUpUntold(pool, clock.now());
      const lane = async () => {
        while (monotonicMs() < endMs) {
          const [endpoint] = await claimEndpoints(pool, 1, clock.now());
          if (!endpoint) return;
          await serve(endpoint, done, Math.min(endMs, monotonicMs() + SERVED_MS));
        }
      };
      await sideBySide(Array.from({ length: WIDTH }), WIDTH, lane);
      return done;
    },
  };
}
