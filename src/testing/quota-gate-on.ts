import { type Pool } from 'pg';
import { type Logger } from 'pino';
import { createDatabaseListener } from '@/db';
import { createEntitlementReader, createPlanCatalogue } from '@/plans';
import {
  createQuotaGate,
  createQuotaListener,
  createQuotaStore,
  createSpendCap,
  type QuotaGate,
  RECLAIM_MS,
  recentLeases,
} from '@/quotas';

type GateOptions = Parameters<typeof createQuotaGate>[0];

/** The gate of a process that has nothing but a database; see src/container-limits.ts for the one of the product. */
export function quotaGateOn(
  pool: Pool,
  given: {
    databaseUrl: string;
    holderId: string;
    durability: keyof typeof RECLAIM_MS;
    log: Logger;
    /** Told of every request to lend. */
    onLend?: () => void;
    /** Both clocks, where time is to pass faster than it does. */
    clocks?: Pick<GateOptions, 'monotonicMs' | 'wallMs'>;
  } & Pick<GateOptions, 'waitMs' | 'recallPatienceMs'>,
): QuotaGate {
  const { databaseUrl, holderId, durability, log, onLend, clocks, ...patience } = given;
  const { monotonicMs, wallMs } = clocks ?? { monotonicMs: () => performance.now(), wallMs: () => Date.now() };
  const store = createQuotaStore({ pool });
  const catalogue = createPlanCatalogue({ pool });
  const listener = createDatabaseListener({
    connection: { connectionString: databaseUrl },
    pool,
    monotonicMs,
    warn: (err, message) => log.warn({ err }, message),
  });
  const gate = createQuotaGate({
    store: {
      return: (leaseId, returnedTotal, dry) => store.return(leaseId, returnedTotal, dry),
      lend(request) {
        onLend?.();
        return store.lend(request);
      },
    },
    recentLeases: (of) => recentLeases(pool, of),
    spendCap: createSpendCap({ pool, catalogue, store }),
    entitlements: createEntitlementReader({ pool, catalogue }),
    catalogue,
    listener: createQuotaListener({ listener }),
    holderId,
    reclaimMs: RECLAIM_MS[durability],
    log,
    monotonicMs,
    wallMs,
    ...patience,
  });
  return {
    ...gate,
    async close() {
      await gate.close();
      await listener.close();
    },
  };
}
