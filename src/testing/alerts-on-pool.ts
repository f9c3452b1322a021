import { type Pool } from 'pg';
import { createUsageQueries } from '@/analytics';
import { createAlerts, createAlertTeller } from '@/insight';
import { type Clock } from '@/kernel/clock';
import { createMailer, createNotifier, type Notifier } from '@/notifications';
import { createEntitlementReader, createMetricCatalogue, createPlanCatalogue } from '@/plans';
import { createQuotaStore } from '@/quotas';

type Told = Parameters<Notifier['notify']>[0];

interface Given {
  clock: Clock;
  /** That the quota of api_calls does not last; null is no forecast. */
  probability: () => number | null;
  /** Minor units of overage. */
  spent: (organizationId: string) => number;
  setAside: () => number;
  /** Sees each notice before its mails are written. */
  notify: (notice: Told) => void;
  warn: (message: string) => void;
}

/** Alerts on a real database, whose mails stay in the outbox; what others compute is given. */
export function alertsOnPool(pool: Pool, { clock, probability, spent, setAside, notify, warn }: Given) {
  const catalogue = createMetricCatalogue({ pool });
  const entitlements = createEntitlementReader({ pool, catalogue: createPlanCatalogue({ pool }) });
  const mailer = createMailer({ pool, transport: null, from: 'Tollgate <billing@example.com>', clock });
  const byMail = createNotifier({ pool, clock }).notify;
  const note = (_error: unknown, message: string) => warn(message);
  return createAlerts({
    pool,
    clock,
    usageQueries: createUsageQueries({
      pool,
      clock,
      catalogue,
      billingPeriodOf: async (id, instant) => (await entitlements.read(id, instant)).period,
    }),
    entitlements,
    quotaStore: createQuotaStore({ pool }),
    async projections() {
      const likely = probability();
      const total = { mean: 1, lo: 1, hi: 1 };
      return new Map(likely === null ? [] : [['api_calls', { total, runsOutOn: null, probability: likely }]]);
    },
    spent: async (id) => ({ minor: spent(id), currency: 'USD' }),
    setAside: () => Promise.resolve(setAside()),
    tell: createAlertTeller({
      pool,
      async notify(notice, executor) {
        notify(notice);
        await byMail(notice, executor);
      },
      mailAdmins: ({ subject, text }, executor) => mailer.send({ to: 'ops@example.com', subject, text }, executor),
      appUrl: 'https://tollgate.test',
      warn: note,
    }),
    budgetMs: 60_000,
    monotonicMs: () => 0,
    warn: note,
  });
}
