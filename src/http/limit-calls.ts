/**
 * How often what is not metered may be done: reading, reporting, changing, inviting. Metered calls have the plan's rate
 * instead. Each act counts for the caller, a key or a person, and for all callers of its kind in the organization: people, live
 * keys and test keys do not use up each other's, so that a test key, which is handed out freely, stops neither a live one nor
 * the owner.
 */
import { hash } from 'node:crypto';
import { AppError } from '@/kernel/errors';
import { type KeyActor } from '@/keys';
import { type WindowDecision, type WindowLimiter, type WindowRule } from '@/rates';
import { type Principal } from './principal';
import { secondsUntil } from './call/rate-limit-headers';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

interface Limit {
  /** For one caller. */
  caller: number;
  /** For all callers of a kind in an organization. */
  organization: number;
  windowMs: number;
}

const LIMITS = {
  // The usage page reads nine times in ten seconds.
  reading: { caller: 600, organization: 3_000, windowMs: MINUTE_MS },
  // A report holds up to 1,000 events.
  reporting: { caller: 1_200, organization: 6_000, windowMs: MINUTE_MS },
  // A gateway asks before each call that it lets through.
  asking: { caller: 60_000, organization: 120_000, windowMs: MINUTE_MS },
  // Work whose cost is known afterwards: three statements each.
  reserving: { caller: 6_000, organization: 24_000, windowMs: MINUTE_MS },
  changing: { caller: 120, organization: 600, windowMs: MINUTE_MS },
  exporting: { caller: 20, organization: 60, windowMs: MINUTE_MS },
  // A twentieth of a second of computing each.
  forecasting: { caller: 60, organization: 180, windowMs: MINUTE_MS },
  inviting: { caller: 20, organization: 60, windowMs: HOUR_MS },
  organization_creation: { caller: 5, organization: 5, windowMs: HOUR_MS },
  key_creation: { caller: 20, organization: 100, windowMs: HOUR_MS },
} satisfies Record<string, Limit>;

/** Links in view are fetched ahead, so a person who looks around asks for more pages than they open. */
const PAGES_PER_MINUTE = 300;

export type LimitedCall = keyof typeof LIMITS;

interface Limiting {
  windowLimiter: WindowLimiter;
}

/** What a method does unless the route says otherwise. */
export const actOf = (method: string): LimitedCall => (method === 'GET' || method === 'HEAD' ? 'reading' : 'changing');

/**
 * Counts a call by whoever makes it.
 * @throws AppError rate_limited with the seconds to wait; unavailable if the limit cannot be checked and
 *   RATE_LIMIT_ON_OUTAGE is `deny`.
 */
export function limitCalls(services: Limiting, act: LimitedCall, principal: Principal): Promise<void> {
  const { organizationId } = principal;
  if (principal.kind === 'user') return count(services, act, 'people', organizationId, principal.userId);
  return count(services, act, principal.livemode ? 'live' : 'test', organizationId, principal.apiKeyId);
}

/**
 * Counts an attempt to make a key, by what it would reach: attempts to make test keys use up none of those to make live ones.
 * @throws as above.
 */
export function limitKeyCreation(
  services: Limiting,
  organizationId: string,
  { kind, id }: KeyActor,
  livemode: boolean,
): Promise<void> {
  const mode = livemode ? 'live' : 'test';
  return count(
    services,
    'key_creation',
    `${kind === 'user' ? 'people' : 'keys'}:${mode}`,
    organizationId,
    `${id}:${mode}`,
  );
}

/**
 * Counts an attempt to write to an address in the name of an organization: for the person, the organization, and the address,
 * which nobody shall be able to flood.
 * @throws as above.
 */
export function limitInvitations(
  services: Limiting,
  { organizationId, userId }: { organizationId: string; userId: string },
  email: string,
): Promise<void> {
  const recipient = hash('sha256', email.trim().toLowerCase(), 'hex');
  return count(services, 'inviting', 'people', organizationId, userId, [
    { bucket: `inviting:recipient:${organizationId}:${recipient}`, limit: 3, windowMs: DAY_MS },
    { bucket: `inviting:recipient:${recipient}`, limit: 20, windowMs: DAY_MS },
  ]);
}

/** Counts a page that somebody asks for; each reads about as much as ten calls do. @throws as above. */
export async function limitPages({ windowLimiter }: Limiting, userId: string): Promise<void> {
  const rule: WindowRule = { bucket: `page:caller:${userId}`, limit: PAGES_PER_MINUTE, windowMs: MINUTE_MS };
  const decision = await windowLimiter.check([rule]);
  if (!decision.allowed) throw refusal('reading', decision, [rule]);
}

async function count(
  { windowLimiter }: Limiting,
  act: LimitedCall,
  kind: string,
  organizationId: string,
  caller: string,
  more: readonly WindowRule[] = [],
): Promise<void> {
  const { caller: ofCaller, organization: ofAll, windowMs } = LIMITS[act];
  const rules: [WindowRule, ...WindowRule[]] = [
    { bucket: `${act}:caller:${caller}`, limit: ofCaller, windowMs },
    { bucket: `${act}:${kind}:${organizationId}`, limit: ofAll, windowMs },
    ...more,
  ];
  const decision = await windowLimiter.check(rules);
  if (!decision.allowed) throw refusal(act, decision, rules);
}

const WHOSE = ['one caller', 'all callers of this kind in the organization'];

function refusal(act: LimitedCall, { rule, resetAtMs }: WindowDecision, rules: readonly WindowRule[]): AppError {
  // Limits go by the clock on the wall, which the test clock does not move.
  const retryAfterSeconds = secondsUntil(resetAtMs, Date.now());
  const whose = WHOSE[rules.findIndex(({ bucket }) => bucket === rule.bucket)] ?? 'one recipient';
  const detail = `${act.replace('_', ' ')}: ${rule.limit} times in ${rule.windowMs / MINUTE_MS} min are allowed for ${whose}. Try again in ${retryAfterSeconds} s.`;
  return new AppError('rate_limited', detail.charAt(0).toUpperCase() + detail.slice(1), {
    retryable: true,
    retryAfterSeconds,
    details: { limit: act, limit_value: rule.limit, reset_at: new Date(resetAtMs).toISOString() },
  });
}
