/** The composition root's half that says what may be done: time, plans, rate limits, quotas. See container.ts. */
import { createTestClock, createTestClockStore } from '@/db';
import { upgradeUrl } from '@/http';
import { systemClock } from '@/kernel/clock';
import {
  createEntitlementReader,
  createMetricCatalogue,
  createPlanAllowances,
  createPlanCatalogue,
  createSubscriptionService,
} from '@/plans';
import {
  createQuotaGate,
  createQuotaListener,
  createQuotaReservations,
  createQuotaStore,
  createSpendCap,
  RECLAIM_MS,
  recentLeases,
} from '@/quotas';
import { createRateLimiter, createUpstashWindow, createWindowLimiter } from '@/rates';
import { assertStarted, type Builders, monotonicMs, type Parts } from './container-parts';

type LimitPart =
  | 'testClock'
  | 'clock'
  | 'metricCatalogue'
  | 'planCatalogue'
  | 'entitlementReader'
  | 'planAllowances'
  | 'subscriptions'
  | 'windowLimiter'
  | 'rateLimiter'
  | 'quotaStore'
  | 'quotaGate'
  | 'quotaReservations';

const spendCapOf = ({ pool, planCatalogue, quotaStore }: Pick<Parts, 'pool' | 'planCatalogue' | 'quotaStore'>) =>
  createSpendCap({ pool, catalogue: planCatalogue, store: quotaStore });

export const LIMIT_BUILDERS: Builders<LimitPart> = {
  testClock: (services) => {
    const { env, log } = services;
    if (env.TEST_CLOCK !== '1') return null;
    return createTestClock({
      store: createTestClockStore({ pool: services.pool }),
      warn: (err, message) => log.warn({ err }, message),
    });
  },
  clock: ({ testClock }) => testClock ?? systemClock,

  metricCatalogue: ({ pool }) => createMetricCatalogue({ pool }),
  planCatalogue: ({ pool }) => createPlanCatalogue({ pool }),
  entitlementReader: ({ pool, planCatalogue }) => createEntitlementReader({ pool, catalogue: planCatalogue }),
  planAllowances: ({ entitlementReader, planCatalogue, clock, env }) =>
    createPlanAllowances({
      entitlements: entitlementReader,
      catalogue: planCatalogue,
      clock,
      upgradeUrl: upgradeUrl(env.APP_URL),
    }),
  subscriptions: ({ pool, planCatalogue, clock, auditLog }) =>
    createSubscriptionService({
      pool,
      catalogue: planCatalogue,
      clock,
      audit: (client, entry) => auditLog.record(entry, client),
    }),

  windowLimiter: ({ env, log }) => {
    const {
      UPSTASH_REDIS_REST_URL: url,
      UPSTASH_REDIS_REST_TOKEN: token,
      RATE_LIMIT_REDIS_TIMEOUT_MS: timeoutMs,
    } = env;
    return createWindowLimiter({
      shared:
        url === undefined || token === undefined
          ? null
          : createUpstashWindow({ url, token, timeoutMs, clock: systemClock }),
      onOutage: env.RATE_LIMIT_ON_OUTAGE,
      timeoutMs,
      // Rates are of real time, which Redis and Retry-After know only, also where the application's clock is moved.
      clock: systemClock,
      log,
    });
  },
  quotaStore: ({ pool }) => createQuotaStore({ pool }),
  quotaGate: (services) => {
    assertStarted(services);
    const { pool, databaseListener, quotaStore, entitlementReader, planCatalogue, holderId, env, log } = services;
    return createQuotaGate({
      store: quotaStore,
      recentLeases: (of) => recentLeases(pool, of),
      spendCap: spendCapOf(services),
      entitlements: entitlementReader,
      catalogue: planCatalogue,
      listener: createQuotaListener({ listener: databaseListener }),
      holderId,
      reclaimMs: RECLAIM_MS[env.USAGE_DURABILITY],
      log,
      monotonicMs,
      wallMs: Date.now,
    });
  },
  quotaReservations: (services) => {
    const { quotaStore, usageStore, clock } = services;
    return createQuotaReservations({
      store: quotaStore.reservations,
      spendCap: spendCapOf(services),
      usageStore,
      clock,
    });
  },
  rateLimiter: ({ windowLimiter }) => createRateLimiter({ windows: windowLimiter }),
};
