// npm run replay: records what stands in journal/rejected, once the reason why the database refused it is mended. Exits with 1
// if something stays.

import { openDataDir } from '@/config/data-dir';
import { createPool } from '@/db';
import { createLabelStore, createUsageMaintenance, createUsageStore, replayRejected } from '@/metering';
import { createMetricCatalogue } from '@/plans';
import { findDatabaseUrl, runProgram } from './database-address';
import { loadEnvFiles, PROJECT_ROOT, readStandaloneEnv } from './standalone-env';

/** Lines that stay, listed one by one. */
const LISTED = 50;

void runProgram(async () => {
  loadEnvFiles(PROJECT_ROOT);
  const { env } = readStandaloneEnv(process.env);
  const { journalPath } = await openDataDir(env.DATA_DIR);
  const pool = createPool({
    connectionString: await findDatabaseUrl(process.env),
    max: 2,
    applicationName: 'tollgate-replay',
    onError: () => undefined,
  });
  try {
    await createUsageMaintenance({ pool }).preparePartitions();
    const store = createUsageStore({
      pool,
      labels: createLabelStore({ pool }),
      catalogue: createMetricCatalogue({ pool }),
      routeLimit: env.USAGE_ROUTE_LIMIT,
    });
    let listed = 0;
    const { recorded, duplicates, kept } = await replayRejected({
      journalPath,
      store,
      onKept: (line, reason) => {
        if (listed++ < LISTED) console.log(`stays: ${reason}: ${line.slice(0, 300)}`);
      },
    });
    if (kept > LISTED) console.log(`… and ${kept - LISTED} more`);
    console.log(`${recorded} recorded, ${duplicates} known already, ${kept} still set aside`);
    return kept === 0 ? 0 : 1;
  } finally {
    await pool.end();
  }
});
