/**
 * Limits on what can be tried over and over: sign-ups, mail to strangers, the admin console. (Those on signing in are in
 * session/known-device, those on what callers do in organizations in limit-calls.) Each attempt counts, whether it succeeds or
 * not and whether the account exists or not, before anything is looked up: so the answer to one attempt too many says nothing
 * about the account.
 */
import ipaddr from 'ipaddr.js';
import { AppError } from '@/kernel/errors';
import { sha256Hex } from '@/kernel/sha256-hex';
import { type WindowDecision, type WindowLimiter, type WindowRule } from '@/rates';
import { secondsUntil } from './call/rate-limit-headers';
import { type Services } from './services';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

interface Limit {
  limit: number;
  windowMs: number;
}

/** Attempts per address of the network, and per account (or organization) the attempt is about. */
const LIMITS = {
  // Not per account: a stranger's attempts would keep the owner of the address out, and tell who has one.
  sign_up: { ip: { limit: 10, windowMs: MINUTE_MS } },
  password_reset: { ip: { limit: 10, windowMs: MINUTE_MS } },
  followed_link: { ip: { limit: 20, windowMs: MINUTE_MS } },
  // One hour is how long a link is good: while no further one is sent, the newest still is.
  mailed_link: { account: { limit: 5, windowMs: HOUR_MS } },
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
  const rules = rulesFor(act, attempt);
  // Who has no address of the network, as a program on this machine, is not limited by it.
  if (rules.length === 0) return;
  const decision = await windowLimiter.check(rules);
  if (!decision.allowed) throw attemptRefusal(decision);
}

/** Holds what anybody may try to the limit of their network address and, if it is named, of the account that they try. */
export function limitByAddress(
  services: Pick<Services, 'windowLimiter' | 'originOf'>,
  request: Request,
  act: LimitedAct,
  account?: string,
): Promise<void> {
  const { ip } = services.originOf((name) => request.headers.get(name));
  return limitAttempts(services, act, { ip, account: account ?? '' });
}

/** Counts an attempt and says whether there is room for it, where a refusal would tell too much. @throws AppError unavailable. */
export async function isWithinAttempts(
  { windowLimiter }: { windowLimiter: WindowLimiter },
  act: LimitedAct,
  attempt: Attempt,
): Promise<boolean> {
  return (await windowLimiter.check(rulesFor(act, attempt))).allowed;
}

function rulesFor(act: LimitedAct, { ip, account }: Attempt): WindowRule[] {
  const limits: { ip?: Limit; account?: Limit } = LIMITS[act];
  const rules: WindowRule[] = [];
  if (limits.ip && ip !== null) rules.push({ bucket: `${act}:ip:${networkOf(ip)}`, ...limits.ip });
  if (limits.account) {
    // Addresses are compared as people mean them, and do not belong into another store.
    const name = sha256Hex(account.trim().toLowerCase());
    rules.push({ bucket: `${act}:account:${name}`, ...limits.account });
  }
  return rules;
}

/** An IPv6 caller usually holds a /64 and can pick any address in it. */
export function networkOf(ip: string): string {
  const address = ipaddr.parse(ip);
  if (address.kind() === 'ipv4') return ip;
  return ipaddr.fromByteArray(address.toByteArray().map((byte, index) => (index < 8 ? byte : 0))).toString();
}

/** What is said to one attempt too many. */
export function attemptRefusal({ rule, resetAtMs }: WindowDecision): AppError {
  // Limits go by the clock on the wall, which the test clock does not move.
  const retryAfterSeconds = secondsUntil(resetAtMs, Date.now());
  const detail = `There were too many attempts: ${rule.limit} are allowed in ${rule.windowMs / MINUTE_MS} min. Try again in ${retryAfterSeconds} s.`;
  return new AppError('rate_limited', detail, { retryable: true, retryAfterSeconds });
}
