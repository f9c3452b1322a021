/** The composition root's part that looks back at usage, and ahead. See container.ts. */
import { createUsageQueries } from '@/analytics';
import { createAlertRules, createUsageAnomalies, createUsageForecasts } from '@/insight';
import { type Builders } from './container-parts';

export const INSIGHT_BUILDERS: Builders<'usageQueries' | 'usageForecasts' | 'usageAnomalies' | 'alertRules'> = {
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
};
