// npm run verify: proves that raw events, sums per hour, sums per day, ledgers and quota counters say the same, that what
// counters say is lent is what leases have outstanding, and that what the journals of this machine hold of answered calls is
// counted; and that invoices follow from what was frozen, their terms and the events that are kept. Exits with 1 where it is not so.

import { verifyBilling } from '@/billing';
import { raiseAlert } from '@/insight';
import { verifyJournal, verifyUsage } from '@/metering';
import { readInstallation } from './read-installation';
import { runOnDatabase } from './run-on-database';

const SHOWN = 50;
/** How long a running server may take for what it has just answered, beside USAGE_FLUSH_MS. */
const RECORDED_WITHIN_MS = 10_000;

void runOnDatabase(
  { applicationName: 'tollgate-verify', max: 1 },
  readInstallation,
  async (pool, { env, journalPath }) => {
    const patienceMs = RECORDED_WITHIN_MS + env.USAGE_FLUSH_MS;
    const { journalled, uncounted, setAside } = await verifyJournal({ pool, journalPath, patienceMs });
    for (const { organizationId, id, occurredAtMs } of uncounted.slice(0, SHOWN)) {
      const at = new Date(occurredAtMs).toISOString();
      console.log(
        `✗ answered, not counted: organization ${organizationId} ${at}: event ${id} stands in a journal only`,
      );
    }
    if (uncounted.length > SHOWN) console.log(`… and ${uncounted.length - SHOWN} more`);
    if (setAside > 0) {
      console.log(
        `✗ answered, not counted: ${setAside} set aside in ${journalPath}/rejected; npm run replay records them`,
      );
    }
    const { events, rollupRows, dailyRows, differences } = await verifyUsage(pool);
    console.log(
      `${events} events, ${rollupRows} sums per hour, ${dailyRows} sums per day, ${journalled} records in journals`,
    );
    for (const { check, organization_id, metric, day, detail } of differences.slice(0, SHOWN)) {
      console.log(
        `✗ ${check}: organization ${organization_id}${metric ? ` ${metric}` : ''}${day ? ` ${day}` : ''}: ${detail}`,
      );
    }
    if (differences.length > SHOWN) console.log(`… and ${differences.length - SHOWN} more`);
    const billing = await verifyBilling(pool);
    console.log(`${billing.invoices} invoices, ${billing.digests} digests of lines made again`);
    for (const { check, organization_id, detail } of billing.differences.slice(0, SHOWN)) {
      console.log(`✗ ${check}: organization ${organization_id}: ${detail}`);
    }
    if (billing.differences.length > SHOWN) console.log(`… and ${billing.differences.length - SHOWN} more`);
    const faults = billing.differences.length + differences.length + uncounted.length + setAside;
    console.log(
      faults === 0
        ? '✓ raw = rollups = daily = ledgers = quota counters, leased = outstanding, no event stands twice, none is left uncounted, invoices follow from all of it'
        : `✗ ${differences.length + billing.differences.length} differences, ${uncounted.length + setAside} answered calls that are not counted`,
    );
    if (faults > 0) {
      // Those who run the installation are told, once a day.
      const at = new Date();
      const occurrence = `verify, ${at.toISOString().slice(0, 10)}`;
      const found = { occurrence, used: faults, action: 'none', at } as const;
      await raiseAlert(pool, { kind: 'integrity', organizationId: null, metric: null, ...found });
    }
    return faults === 0 ? 0 : 1;
  },
);
