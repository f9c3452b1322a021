import { AppError } from '@/kernel/errors';
import { type EffectOutcome } from '../run-effect';

/**
 * What an effect that somebody waits for made.
 * @throws AppError unavailable while it is not known, or somebody else is at it; conflict where Stripe refuses it.
 */
export function assertDone(outcome: EffectOutcome, what: string): string {
  if (outcome.is === 'done') return outcome.stripeId;
  if (outcome.is === 'failed')
    throw new AppError('conflict', `Stripe refuses ${what}. An admin can see why.`, { cause: outcome });
  throw new AppError('unavailable', `Stripe has not made ${what} yet. Try again in a moment.`, {
    retryable: true,
    retryAfterSeconds: 5,
    cause: outcome,
  });
}
