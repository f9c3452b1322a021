/** The composition root's part that makes reports. See container.ts. */
import { join } from 'node:path';
import { createDiskReportFiles, createReportMaker, createReports, createReportStore } from '@/insight';
import { type Builders, monotonicMs } from './container-parts';

export const REPORT_BUILDERS: Builders<'reports'> = {
  reports: (services) => {
    const { pool, usageQueries, usageForecasts, usageAnomalies, metricCatalogue, clock, log, env, keepAlive } =
      services;
    const store = createReportStore({ pool });
    const files = createDiskReportFiles(join(env.DATA_DIR, 'reports'));
    const sources = { usageQueries, usageForecasts, usageAnomalies, catalogue: metricCatalogue, clock };
    return createReports({
      pool,
      store,
      files,
      maker: createReportMaker({ pool, store, files, sources, clock, monotonicMs, log }),
      catalogue: metricCatalogue,
      clock,
      log,
      ...(keepAlive && { keepAlive }),
    });
  },
};
