// npm run verify: proves that raw events, sums per hour, sums per day, ledgers and quota counters say the same, and that what
// counters say is lent is what leases have outstanding. Exits with 1 where they differ.

import { createPool } from '@/db';
import { verifyUsage } from '@/metering';
import { findDatabaseUrl, runProgram } from './database-address';
import { loadEnvFiles, PROJECT_ROOT } from './standalone-env';

const SHOWN = 50;

void runProgram(async () => {
  loadEnvFiles(PROJECT_ROOT);
  const pool = createPool({
    connectionString: await findDatabaseUrl(process.env),
    max: 1,
    applicationName: 'tollgate-verify',
    onError: () => undefined,
  });
  try {
    const { events, rollupRows, dailyRows, differences } = await verifyUsage(pool);
    console.log(`${events} events, ${rollupRows} sums per hour, ${dailyRows} sums per day`);
    for (const { check, organization_id, metric, day, detail } of differences.slice(0, SHOWN)) {
      console.log(
        `✗ ${check}: organization ${organization_id}${metric ? ` ${metric}` : ''}${day ? ` ${day}` : ''}: ${detail}`,
      );
    }
    if (differences.length > SHOWN) console.log(`… and ${differences.length - SHOWN} more`);
    console.log(
      differences.length === 0
        ? '✓ raw = rollups = daily = ledgers = quota counters, leased = outstanding, and no event stands twice'
        : `✗ ${differences.length} differences`,
    );
    return differences.length === 0 ? 0 : 1;
  } finally {
    await pool.end();
  }
});
