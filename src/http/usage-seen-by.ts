import { AppError } from '@/kernel/errors';
import { type Principal } from './principal';

interface WithMode {
  mode: 'live' | 'test';
}

/** A test key sees test usage only: it is handed out more freely than a live one. Invoices are of live usage. */
export const seesLiveUsage = (principal: Principal): boolean => principal.kind !== 'api_key' || principal.livemode;

/** The query of a reading as it holds for who asks. */
export const usageSeenBy = <Q extends WithMode>(principal: Principal, query: Q): Q =>
  seesLiveUsage(principal) ? query : { ...query, mode: 'test' };

/** @throws AppError not_found where the caller sees no live usage, as if there were none. */
export function assertSeesLiveUsage(principal: Principal): void {
  if (!seesLiveUsage(principal)) throw new AppError('not_found', 'There is no such invoice in test mode.');
}
