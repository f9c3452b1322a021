// npm run replay: records what stands in journal/rejected, once the reason why the database refused it is mended. Exits with 1
// if something stays.

import { createLabelStore, createUsageMaintenance, createUsageStore, replayRejected } from '@/metering';
import { createMetricCatalogue } from '@/plans';
import { readInstallation } from './read-installation';
import { runOnDatabase } from './run-on-database';

/** Lines that stay, listed one by one. */
const LISTED = 50;

void runOnDatabase(
  { applicationName: 'tollgate-replay', max: 2 },
  readInstallation,
  async (pool, { env, journalPath }) => {
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
  },
);
