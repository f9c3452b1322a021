/**
 * Limits on what can be tried over and over: passwords, mail to strangers, the admin console. (Those on what callers do in
 * organizations are in limit-calls.) Each attempt counts,
 * whether it succeeds or not and whether the account exists or not, before anything is looked up: so the answer to one
 * attempt too many says nothing about the account.
 */
import { hash } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import { AppError } from '@/kernel/errors';
import { type WindowDecision, type WindowLimiter, type WindowRule } from '@/rates';
import { secondsUntil } from './call/rate-limit-headers';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

interface Limit {
  limit: number;
  windowMs: number;
}

/** Attempts per address of the network, and per account (or organization) the attempt is about. */
const LIMITS = {
  sign_in: { ip: { limit: 10, windowMs: MINUTE_MS }, account: { limit: 5, windowMs: MINUTE_MS } },
  sign_up: { ip: { limit: 10, windowMs: MINUTE_MS }, account: { limit: 5, windowMs: HOUR_MS } },
  password_reset: { ip: { limit: 10, windowMs: MINUTE_MS }, account: { limit: 5, windowMs: HOUR_MS } },
  password_change: { account: { limit: 5, windowMs: MINUTE_MS } },
  admin: { account: { limit: 120, windowMs: MINUTE_MS } },
} satisfies Record<string, { ip?: Limit; account?: Limit }>;

export type LimitedAct = keyof typeof LIMITS;

interface Attempt {
  /** The caller's address; without one only the account is limited. */
  ip: string | null;
  /** Whose account is tried: an e-mail address, a user id or an organization id. Stored as a hash. */
  account: string;
}

/**
 * Counts an attempt.
 * @throws AppError rate_limited with the seconds to wait; unavailable if the limit cannot be checked and
 *   RATE_LIMIT_ON_OUTAGE is `deny`.
 */
export async function limitAttempts(
  { windowLimiter }: { windowLimiter: WindowLimiter },
  act: LimitedAct,
  attempt: Attempt,
): Promise<void> {
  const decision = await windowLimiter.check(rulesFor(act, attempt));
  if (!decision.allowed) throw refusal(decision);
}

function rulesFor(act: LimitedAct, { ip, account }: Attempt): WindowRule[] {
  const limits: { ip?: Limit; account?: Limit } = LIMITS[act];
  const rules: WindowRule[] = [];
  if (limits.ip && ip !== null) rules.push({ bucket: `${act}:ip:${networkOf(ip)}`, ...limits.ip });
  if (limits.account) {
    // Addresses are compared as people mean them, and do not belong into another store.
    const name = hash('sha256', account.trim().toLowerCase(), 'hex');
    rules.push({ bucket: `${act}:account:${name}`, ...limits.account });
  }
  return rules;
}

/** An IPv6 caller usually holds a /64 and can pick any address in it. */
function networkOf(ip: string): string {
  const address = ipaddr.parse(ip);
  if (address.kind() === 'ipv4') return ip;
  return ipaddr.fromByteArray(address.toByteArray().map((byte, index) => (index < 8 ? byte : 0))).toString();
}

function refusal({ rule, resetAtMs }: WindowDecision): AppError {
  // Limits go by the clock on the wall, which the test clock does not move.
  const retryAfterSeconds = secondsUntil(resetAtMs, Date.now());
  const detail = `There were too many attempts: ${rule.limit} are allowed in ${rule.windowMs / MINUTE_MS} min. Try again in ${retryAfterSeconds} s.`;
  return new AppError('rate_limited', detail, { retryable: true, retryAfterSeconds });
}
