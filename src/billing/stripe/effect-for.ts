import { type Pool } from 'pg';
import { AppError } from '@/kernel/errors';
import { type EffectDraft, type EffectStore, insertEffects } from './effect-store';
import { type EffectOutcome, type EffectStep, type RunEffect } from './run-effect';

/** Writes an effect down, if it is not yet, and carries it out. */
export type EffectFor = <R, T extends { id: string }>(
  draft: EffectDraft,
  step: EffectStep<R, T>,
) => Promise<EffectOutcome>;

interface Options {
  pool: Pool;
  store: EffectStore;
  runEffect: RunEffect;
  now: () => Date;
}

export const createEffectFor =
  ({ pool, store, runEffect, now }: Options): EffectFor =>
  async (draft, step) => {
    await insertEffects(pool, [draft], now());
    const effect = await store.readEffect(draft.effect);
    if (!effect)
      throw new AppError('internal', `effect ${draft.effect}: expected it to be written down, found nothing`);
    return runEffect(effect, step);
  };
