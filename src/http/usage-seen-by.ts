import { type Principal } from './principal';

interface WithMode {
  mode: 'live' | 'test';
}

/** The query of a reading as it holds for who asks. A test key sees test usage only: it is handed out more freely than a live one. */
export const usageSeenBy = <Q extends WithMode>(principal: Principal, query: Q): Q =>
  principal.kind === 'api_key' && !principal.livemode ? { ...query, mode: 'test' } : query;
