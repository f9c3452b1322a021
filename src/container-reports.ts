/** The composition root's part that makes reports. See container.ts. */
import { join } from 'node:path';
import {
  createDiskReportFiles,
  createReportMaker,
  createReports,
  createReportSchedules,
  createReportStore,
  createScheduleStore,
  createStorageReportFiles,
} from '@/insight';
import { offerOfFeature } from '@/plans';
import { type Builders, monotonicMs } from './container-parts';

const BUCKET = 'reports';

export const REPORT_BUILDERS: Builders<'reports' | 'reportSchedules'> = {
  reports: (services) => {
    const { pool, usageQueries, usageForecasts, usageAnomalies, metricCatalogue, clock, log, env, keepAlive } =
      services;
    const store = createReportStore({ pool });
    const key = env.SUPABASE_SECRET_KEY;
    const files =
      key === undefined
        ? createDiskReportFiles(join(env.DATA_DIR, 'reports'))
        : createStorageReportFiles({ url: env.SUPABASE_URL, key, bucket: BUCKET });
    const sources = { usageQueries, usageForecasts, usageAnomalies, catalogue: metricCatalogue, clock };
    const maker = createReportMaker({
      pool,
      store,
      files,
      sources,
      clock,
      monotonicMs,
      log,
      onReady: (report, client) => services.reportSchedules.tellReady(report, client),
    });
    return createReports({
      pool,
      store,
      files,
      maker,
      catalogue: metricCatalogue,
      clock,
      log,
      ...(keepAlive && { keepAlive }),
    });
  },
  reportSchedules: ({ pool, notifier, quotaGate, planCatalogue, clock, env, log }) =>
    createReportSchedules({
      pool,
      store: createScheduleStore({ pool }),
      reports: createReportStore({ pool }),
      notifier,
      async mayReport(organizationId) {
        const [{ plan }, plans] = await Promise.all([
          quotaGate.entitlements(organizationId, clock.now().getTime()),
          planCatalogue.plans(),
        ]);
        return offerOfFeature(plan, plans, 'export') === null;
      },
      clock,
      appUrl: env.APP_URL,
      log,
    }),
};
