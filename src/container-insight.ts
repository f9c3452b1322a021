/** The composition root's part that looks back at usage, and ahead. See container.ts. */
import { Decimal } from 'decimal.js';
import { createUsageQueries } from '@/analytics';
import {
  createAlertRules,
  createAlerts,
  createAlertTeller,
  createUsageAnomalies,
  createUsageForecasts,
} from '@/insight';
import { toMinor } from '@/kernel/money';
import { type Builders, monotonicMs } from './container-parts';

/** Ten seconds less than `maxDuration` of the route that evaluates alerts. */
const ALERTS_BUDGET_MS = 50_000;

export const INSIGHT_BUILDERS: Builders<
  'usageQueries' | 'usageForecasts' | 'usageAnomalies' | 'alertRules' | 'alerts'
> = {
  usageQueries: ({ pool, clock, metricCatalogue, entitlementReader }) =>
    createUsageQueries({
      pool,
      clock,
      catalogue: metricCatalogue,
      billingPeriodOf: async (organizationId, at) => (await entitlementReader.read(organizationId, at)).period,
    }),
  usageForecasts: ({ pool, usageQueries, entitlementReader, metricCatalogue, quotaStore, clock, log }) =>
    createUsageForecasts({
      pool,
      usageQueries,
      entitlements: entitlementReader,
      catalogue: metricCatalogue,
      quotaStore,
      clock,
      warn: (err, organizationId) => log.warn({ err, organizationId }, 'forecasts could not be made'),
    }),
  usageAnomalies: ({ usageQueries, metricCatalogue, clock }) =>
    createUsageAnomalies({ usageQueries, catalogue: metricCatalogue, clock }),
  alertRules: ({ pool, clock, metricCatalogue, auditLog }) =>
    createAlertRules({
      pool,
      clock,
      catalogue: metricCatalogue,
      audit: (client, entry) => auditLog.record(entry, client),
    }),
  alerts: (services) => {
    const { pool, clock, usageQueries, usageForecasts, entitlementReader, quotaStore, mailer, notifier, env } =
      services;
    const warn = (err: unknown, message: string) => services.log.warn({ err }, message);
    return createAlerts({
      pool,
      clock,
      usageQueries,
      projections: (...of) => usageForecasts.projections(...of),
      entitlements: entitlementReader,
      quotaStore,
      async spent(organizationId, at) {
        const { total, currency } = await services.billing.overage(organizationId, at);
        return { minor: toMinor(new Decimal(total), currency), currency };
      },
      setAside: () => services.usageTracker.setAside(),
      tell: createAlertTeller({
        pool,
        notify: notifier.notify,
        async mailAdmins({ addresses, ...mail }, executor) {
          for (const to of new Set([...env.ADMIN_EMAILS, ...addresses])) await mailer.send({ to, ...mail }, executor);
        },
        appUrl: env.APP_URL,
        warn,
      }),
      budgetMs: ALERTS_BUDGET_MS,
      monotonicMs,
      warn,
    });
  },
};
