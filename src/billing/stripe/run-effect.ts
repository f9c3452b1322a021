/**
 * Carries one effect out, exactly once however often this is called, by however many processes, wherever they are killed:
 *
 *   claim (a lease, no lock) ─▶ call under the effect's key ─▶ write down what was made, and let go
 *
 * An answer that was lost comes again under the same key. A key stops being of use when Stripe may have forgotten it (after a
 * day; 23 hours here), or has kept an error under it. Then what there is at Stripe is looked at first, by a list and the metadata,
 * and only if the effect is not there it is asked for again under the next key.
 */
import { type PoolClient } from 'pg';
import { AppError } from '@/kernel/errors';
import { type Effect, type EffectClaim, type EffectStore } from './effect-store';
import { CALL_TIMEOUT_MS } from './stripe-client';
import { StripeFailure } from './stripe-failure';

/** Something at Stripe, as far as a step knows it. */
interface Made {
  id: string;
}

/** What there is to do for an effect. `R` is what is sent: plain data, which a later process sends again as it was. */
export interface EffectStep<R, T extends Made> {
  request: R;
  /** Makes it. @throws StripeFailure; NotYet where it cannot be asked for at present. */
  perform(request: R, idempotencyKey: string): Promise<T>;
  /** What an earlier call made, by looking at what there is. Null: nothing. @throws StripeFailure */
  find(): Promise<T | null>;
  /** Whether a refusal may mean that an earlier call was heard. */
  mayExist?(failure: StripeFailure): boolean;
  /** Whether it must be asked for otherwise, by other steps: it is left pending then. */
  isMoved?(failure: StripeFailure): boolean;
  /** Writes what is known once it happened, in the transaction that says so. @param request what was sent. */
  record?(client: PoolClient, made: T, request: R): Promise<void>;
  /** Writes that it was refused, in the transaction that says so. */
  onRefused?(client: PoolClient, reason: string): Promise<void>;
}

/** It cannot happen at present, and nobody did anything wrong. */
export class NotYet extends Error {}

/**
 * done: it happened, now or earlier. waiting: somebody else is at it, or it is not due. moved: as the step said.
 * failed: refused. unknown: Stripe did not answer as it should.
 */
export type EffectOutcome =
  { is: 'done'; stripeId: string } | { is: 'waiting' | 'moved' } | { is: 'failed' | 'unknown'; reason: string };

export interface RunEffectOptions {
  store: EffectStore;
  /** The real time: keys grow old by it. */
  now: () => Date;
  sleep: (ms: number) => Promise<void>;
  random: () => number;
}

export type RunEffect = ReturnType<typeof createRunEffect>;

const HOUR_MS = 3_600_000;
const KEY_LIFE_MS = 23 * HOUR_MS;
/** Longer than one call, with the lookup before it. */
const LEASE_MS = 6 * CALL_TIMEOUT_MS;
/** Tries of one effect, in one go, and what is waited between them at most. */
const TRIES = 4;
const PATIENCE_MS = 5_000;
const MOST_GENERATIONS = 3;

export function createRunEffect({ store, now, sleep, random }: RunEffectOptions) {
  const after = (ms: number) => new Date(now().getTime() + ms);

  /** 1, 2, 4, … s up to an hour, half of it by chance, so that those who failed together do not come back together. */
  function delayMs(attempts: number, retryAfterMs: number | null): number {
    const most = Math.min(HOUR_MS, 1000 * 2 ** Math.min(attempts - 1, 20));
    return Math.max(retryAfterMs ?? 0, most / 2 + (random() * most) / 2);
  }

  async function attempt<R, T extends Made>(
    effect: Effect,
    step: EffectStep<R, T>,
    claim: EffectClaim,
    untilMs: number,
  ): Promise<{ made: T; request: R } | 'moved'> {
    const claimed = { id: effect.id, generation: claim.generation };
    let request = claim.request as R;
    const find = async () => {
      const made = await step.find();
      return made && { made, request };
    };
    let looksFirst = now().getTime() - claim.firstAttemptedAt.getTime() >= KEY_LIFE_MS;
    for (let keys = 0; ; keys++) {
      if (looksFirst) {
        const found = await find();
        if (found) return found;
        request = step.request;
        const next = await store.nextGeneration(claimed, request, now());
        if (next === null) throw new NotYet('somebody else went on with it');
        claimed.generation = claim.generation = next;
      }
      // Whoever was held up until others may be at it asks for nothing more.
      if (now().getTime() + CALL_TIMEOUT_MS > untilMs) throw new NotYet('it took too long');
      try {
        return { made: await step.perform(request, `tollgate/${effect.effect}/${claimed.generation}`), request };
      } catch (error) {
        if (!(error instanceof StripeFailure)) throw error;
        if (step.isMoved?.(error)) return (await find()) ?? 'moved';
        if (error.kind === 'exists' || step.mayExist?.(error)) {
          const found = await find();
          if (found) return found;
          throw error;
        }
        if (error.kind !== 'kept' || keys >= MOST_GENERATIONS) throw error;
        looksFirst = true;
      }
    }
  }

  async function once<R, T extends Made>(
    effect: Effect,
    step: EffectStep<R, T>,
  ): Promise<EffectOutcome & { delayMs?: number }> {
    const until = after(LEASE_MS);
    const claim = await store.claim(effect.id, step.request, now(), until);
    if (!claim) return outcomeOf(await store.readEffect(effect.effect));
    const claimed = () => ({ id: effect.id, generation: claim.generation });
    try {
      const happened = await attempt(effect, step, claim, until.getTime());
      if (happened === 'moved') {
        await store.restart(claimed());
        return { is: 'moved' };
      }
      const { made, request } = happened;
      await store.finish(claimed(), made.id, now(), async (client) => step.record?.(client, made, request));
      return { is: 'done', stripeId: made.id };
    } catch (error) {
      if (error instanceof NotYet) {
        await store.postpone(claimed(), now(), error.message);
        return { is: 'waiting' };
      }
      const reason = error instanceof Error ? error.message : String(error);
      if (error instanceof StripeFailure && (error.kind === 'refused' || error.kind === 'exists')) {
        await store.fail(claimed(), reason, async (client) => step.onRefused?.(client, reason));
        return { is: 'failed', reason };
      }
      const ms = delayMs(claim.attempts, error instanceof StripeFailure ? error.retryAfterMs : null);
      await store.postpone(claimed(), after(ms), reason);
      if (!(error instanceof StripeFailure)) throw error;
      return { is: 'unknown', reason, delayMs: ms };
    }
  }

  /**
   * Carries an effect out; where Stripe does not answer as it should, a few times with pauses.
   * @throws what is no failure of Stripe: the database is away.
   */
  return async function runEffect<R, T extends Made>(effect: Effect, step: EffectStep<R, T>): Promise<EffectOutcome> {
    const known = outcomeOf(effect);
    if (known.is !== 'waiting') return known;
    for (let tries = 1; ; tries++) {
      const { delayMs: pauseMs, ...outcome } = await once(effect, step);
      if (pauseMs === undefined || pauseMs > PATIENCE_MS || tries >= TRIES) return outcome;
      await sleep(pauseMs);
    }
  };
}

function outcomeOf(effect: Effect | null): EffectOutcome {
  if (!effect) throw new AppError('internal', 'an effect is run before it is written down');
  if (effect.state === 'done' && effect.stripeId !== null) return { is: 'done', stripeId: effect.stripeId };
  return effect.state === 'failed' ? { is: 'failed', reason: 'Stripe refused it' } : { is: 'waiting' };
}
