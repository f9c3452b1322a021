/**
 * What this process knows of one organization: its entitlements, the rules that follow from them, and its pools.
 *
 * An answer may be used for 800 ms by itself, and longer only with a proof that nothing changed since (see
 * DatabaseListener). After a change was heard the old answer may still allow for 800 ms while the new one is read, since
 * lending asks the database in any case; it is not used to deny.
 */
import { type Entitlements, type PlanVersion } from '@/plans/contracts';
import { AppError } from '@/kernel/errors';
import { withinTime } from '@/kernel/within-time';
import { type QuotaRule, ruleOf } from './decide-quota';
import { type LeasePool } from './lease-pool';
import { type StoreOutage } from './store-outage';

const UNPROVEN_MS = 800;
/** Age at which knowledge is renewed beside the call that notices, so that a busy process never waits. */
const RENEW_MS = 400;
/** Age at which entitlements are read again in any case, beside the call that notices… */
const REREAD_MS = 5 * 60_000;
/** …and at which they are not used any more before that is done. */
const HARD_TTL_MS = 15 * 60_000;
/** How long entitlements are believed while they cannot be read. */
const OUTAGE_MS = 60_000;
const READ_MS = 2_000;
const READ_ATTEMPTS = 3;

/** A metric that has a bound; `pool` is made when it is first needed, and stays null for a gauge. */
export interface LimitedMetric {
  readonly rule: Exclude<QuotaRule, { kind: 'unbounded' }>;
  pool: LeasePool | null;
}

/** Entitlements as they were read, and what follows from them. */
export interface Holding {
  readonly entitlements: Entitlements;
  readonly plans: readonly PlanVersion[];
  readonly live: ReadonlyMap<string, LimitedMetric>;
  readonly test: ReadonlyMap<string, LimitedMetric>;
}
interface Known extends Holding {
  readonly fromMs: number;
  readonly untilMs: number;
  /** Monotonic time at which the question was sent. */
  readonly askedAtMs: number;
  /** Monotonic time at which a later change was heard of. */
  outdatedAtMs: number | null;
}

export interface OrganizationQuotas {
  /** What may be used at once to take units; null when it has to be read. */
  current(atMs: number, nowMs: number): Holding | null;
  /** What surely holds; null when it has to be read. */
  fresh(atMs: number, nowMs: number): Holding | null;
  /**
   * What holds at an instant, read where needed.
   * @throws AppError `quota_unavailable` when it cannot be read and the last answer is too old; `not_found`.
   */
  read(atMs: number): Promise<Holding>;
  /** The last answer, however old. */
  lastKnown(): Holding | null;
  changed(nowMs: number): void;
  poolFor(limited: LimitedMetric, livemode: boolean, entitlements: Entitlements): LeasePool;
  pool(livemode: boolean, metric: string, periodStartMs: number): LeasePool | undefined;
  pools(): Iterable<LeasePool>;
  /** Returns units whose time is over, and forgets pools of ended periods. */
  sweep(): void;
}

export interface OrganizationQuotasOptions {
  readEntitlements: (at: Date) => Promise<Entitlements>;
  readPlans: () => Promise<readonly PlanVersion[]>;
  listen: { heardThroughMs(): number; prove(): Promise<boolean> };
  outage: StoreOutage;
  monotonicMs: () => number;
  makePool: (pool: { livemode: boolean; metric: string; periodStartMs: number }) => LeasePool;
}

export function createOrganizationQuotas(options: OrganizationQuotasOptions): OrganizationQuotas {
  const { readEntitlements, readPlans, listen, outage, monotonicMs, makePool } = options;
  const pools = new Map<string, { pool: LeasePool; periodStartMs: number }>();
  let known: Known | null = null;
  let reading: Promise<Known> | null = null;
  let changes = 0;

  const holdsAt = ({ fromMs, untilMs }: Known, atMs: number) => atMs >= fromMs && atMs < untilMs;

  function fresh(atMs: number, nowMs: number): Known | null {
    if (known === null || known.outdatedAtMs !== null || !holdsAt(known, atMs)) return null;
    const ageMs = nowMs - known.askedAtMs;
    if (ageMs < RENEW_MS) return known;
    if (ageMs >= HARD_TTL_MS) return null;
    const provenMs = nowMs - listen.heardThroughMs();
    if (provenMs >= UNPROVEN_MS && ageMs >= UNPROVEN_MS) return null;
    if (provenMs >= UNPROVEN_MS || ageMs >= REREAD_MS) renew(atMs);
    else if (provenMs >= RENEW_MS) void listen.prove();
    return known;
  }

  function current(atMs: number, nowMs: number): Known | null {
    if (known === null || known.outdatedAtMs === null) return fresh(atMs, nowMs);
    if (nowMs - known.outdatedAtMs >= UNPROVEN_MS || !holdsAt(known, atMs)) return null;
    renew(atMs);
    return known;
  }

  /** Reads beside the call that notices; failures show when somebody has to wait. */
  function renew(atMs: number): void {
    if (reading === null && outage.mayAsk()) ask(atMs).catch(() => undefined);
  }

  function ask(atMs: number): Promise<Known> {
    return (reading ??= load(atMs).finally(() => (reading = null)));
  }

  async function load(atMs: number): Promise<Known> {
    const [askedAtMs, before] = [monotonicMs(), changes];
    try {
      const answer = Promise.all([readEntitlements(new Date(atMs)), readPlans()]);
      const [entitlements, plans] = await withinTime(READ_MS, answer);
      outage.answered();
      const loaded = knownOf(entitlements, plans, askedAtMs);
      if (changes !== before) loaded.outdatedAtMs = monotonicMs();
      // A call from just before the period's end does not bring the old period back.
      if (known === null || loaded.untilMs >= known.untilMs || known.outdatedAtMs !== null) replace(loaded);
      return loaded;
    } catch (error) {
      outage.failed(error);
      throw error;
    }
  }

  function replace(loaded: Known): void {
    known = loaded;
    for (const { pool, periodStartMs } of pools.values()) {
      if (periodStartMs < loaded.entitlements.period.from.getTime()) pool.recalled();
    }
  }

  async function read(atMs: number): Promise<Holding> {
    for (let attempt = 1; ; attempt++) {
      const present = fresh(atMs, monotonicMs());
      if (present) return present;
      if (reading === null && !outage.mayAsk()) return believed(atMs, outage.describe());
      // In a process that has been idle one proof is enough for all that it knows.
      const proven = mayProve(atMs) && (await listen.prove()) ? fresh(atMs, monotonicMs()) : null;
      if (proven) return proven;
      try {
        const loaded = await ask(atMs);
        if (holdsAt(loaded, atMs) && (loaded.outdatedAtMs === null || attempt >= READ_ATTEMPTS)) return loaded;
      } catch (error) {
        if (error instanceof AppError && !error.retryable) throw error;
        return believed(atMs, error);
      }
      if (attempt >= READ_ATTEMPTS) return believed(atMs, 'the answers are of another instant');
    }
  }

  const mayProve = (atMs: number): boolean =>
    known !== null &&
    known.outdatedAtMs === null &&
    holdsAt(known, atMs) &&
    monotonicMs() - known.askedAtMs < HARD_TTL_MS;

  function believed(atMs: number, cause: unknown): Holding {
    const sinceMs = outage.sinceMs();
    const isRecent = sinceMs === null || monotonicMs() - sinceMs < OUTAGE_MS;
    if (known && isRecent && holdsAt(known, atMs)) return known;
    throw new AppError('quota_unavailable', 'The plan cannot be read at the moment. Try again.', {
      cause,
      retryable: true,
      retryAfterSeconds: 1,
    });
  }

  const keyOf = (livemode: boolean, metric: string, periodStartMs: number) => `${livemode}|${metric}|${periodStartMs}`;

  function knownOf(entitlements: Entitlements, plans: readonly PlanVersion[], askedAtMs: number): Known {
    const { period, limits, testLimits, spendCapMinor, validUntil } = entitlements;
    const limitedIn = (livemode: boolean) => {
      const limited = new Map<string, LimitedMetric>();
      for (const [metric, limit] of livemode ? limits : testLimits) {
        const rule = ruleOf(limit, spendCapMinor);
        const pool = pools.get(keyOf(livemode, metric, period.from.getTime()))?.pool ?? null;
        if (rule.kind !== 'unbounded') limited.set(metric, { rule, pool });
      }
      return limited;
    };
    const until = Math.min(validUntil.getTime(), period.to.getTime());
    const span = { fromMs: period.from.getTime(), untilMs: until, askedAtMs, outdatedAtMs: null };
    return { entitlements, plans, live: limitedIn(true), test: limitedIn(false), ...span };
  }

  return {
    current,
    fresh,
    read,
    lastKnown: () => known,
    changed(nowMs) {
      changes += 1;
      if (known) known.outdatedAtMs ??= nowMs;
      for (const { pool } of pools.values()) pool.changed();
    },
    poolFor(limited, livemode, { period }) {
      if (limited.pool) return limited.pool;
      const { metric } = limited.rule.limit;
      const periodStartMs = period.from.getTime();
      const key = keyOf(livemode, metric, periodStartMs);
      const pool = pools.get(key)?.pool ?? makePool({ livemode, metric, periodStartMs });
      pools.set(key, { pool, periodStartMs });
      return (limited.pool = pool);
    },
    pool: (livemode, metric, periodStartMs) => pools.get(keyOf(livemode, metric, periodStartMs))?.pool,
    *pools() {
      for (const { pool } of pools.values()) yield pool;
    },
    sweep() {
      const presentMs = known?.entitlements.period.from.getTime() ?? 0;
      for (const [key, { pool, periodStartMs }] of pools) {
        pool.sweep();
        if (periodStartMs >= presentMs || !pool.isIdle()) continue;
        // What may still be put back goes straight to the store.
        void pool.close();
        pools.delete(key);
      }
    },
  };
}
