/**
 * How far a key reaches, and which of two reaches further. Reach is ordered in each aspect by itself, so keys form a
 * product of orders: a key lies within another if it does in every aspect. A key that makes keys makes none beyond itself;
 * else one that leaked could make itself one with all.
 */
import { coversIps } from './ip-ranges';
import { coversScopes } from './scopes';

/** What of a key says how far it reaches, named as in the API. */
export interface KeyReach {
  scopes: readonly string[];
  livemode: boolean;
  /** CIDR ranges; none means from anywhere. */
  allowed_ips: readonly string[];
  /** Null: never. */
  expires_at: Date | null;
  /** Null: as many as the plan allows, whichever plan that will be. */
  requests_per_minute: number | null;
  /** Whether the limit holds in place of the plan's rather than below it. */
  may_exceed_plan: boolean;
}

export interface ReachIssue {
  field: 'scopes' | 'livemode' | 'allowed_ips' | 'expires_at' | 'requests_per_minute';
  message: string;
}

/** In which aspects `asked` reaches further than `held`; none if it lies within. */
export function reachBeyond(held: KeyReach, asked: KeyReach): ReachIssue[] {
  const issues: ReachIssue[] = [];
  if (!coversScopes(held.scopes, asked.scopes)) {
    issues.push({
      field: 'scopes',
      message: `expected scopes within those of the calling key (${held.scopes.join(', ')})`,
    });
  }
  if (asked.livemode && !held.livemode) {
    issues.push({ field: 'livemode', message: 'a test key manages test keys only' });
  }
  if (!coversIps(held.allowed_ips, asked.allowed_ips)) {
    issues.push({
      field: 'allowed_ips',
      message: `expected ranges within those of the calling key (${held.allowed_ips.join(', ')})`,
    });
  }
  if (held.expires_at && (!asked.expires_at || asked.expires_at > held.expires_at)) {
    issues.push({
      field: 'expires_at',
      message: `expected an expiry no later than that of the calling key (${held.expires_at.toISOString()})`,
    });
  }
  if (!isSlower(held, asked)) {
    const bound = held.requests_per_minute === null ? 'as the plan allows' : `of at most ${held.requests_per_minute}`;
    issues.push({
      field: 'requests_per_minute',
      message: `expected a rate limit ${bound}, as that of the calling key`,
    });
  }
  return issues;
}

/**
 * Whether, under every plan, a key is at most as fast as another. One without a limit of its own is as fast as the plan; one
 * with a limit is as fast as the slower of both; one that may exceed the plan is as fast as its limit.
 */
function isSlower(held: KeyReach, asked: KeyReach): boolean {
  if (asked.may_exceed_plan && !held.may_exceed_plan) return false;
  if (held.requests_per_minute === null) return true;
  return asked.requests_per_minute !== null && asked.requests_per_minute <= held.requests_per_minute;
}
