// npm run reconcile [-- --since 2026-01-01]: compares every invoice, line, credit note and payment with Stripe, to the cent, and says
// what differs. Reads only. Exits with 1 where something does.

import { parseArgs } from 'node:util';
import { createStripeClient, reconcileStripe } from '@/billing';
import { readInstallation } from './read-installation';
import { runOnDatabase } from './run-on-database';

const SHOWN = 200;

async function prepare() {
  const { values } = parseArgs({ options: { since: { type: 'string', default: '1970-01-01' } } });
  const since = new Date(values.since);
  if (Number.isNaN(since.getTime()))
    throw new Error(`--since: expected a date, e.g. 2026-01-01, received ${values.since}`);
  const { env } = await readInstallation();
  const { STRIPE_SECRET_KEY: secretKey, STRIPE_API_BASE: apiBase } = env;
  if (secretKey === undefined) throw new Error('STRIPE_SECRET_KEY is not set: there is nothing to compare with.');
  return { since, client: createStripeClient({ secretKey, ...(apiBase !== undefined && { apiBase }) }) };
}

void runOnDatabase({ applicationName: 'tollgate-reconcile', max: 1 }, prepare, async (pool, { since, client }) => {
  const { invoices, lines, creditNotes, payments, differences } = await reconcileStripe({ pool, client, since });
  console.log(
    `${invoices} invoices, ${lines} lines, ${creditNotes} credit notes, ${payments} payments compared with Stripe`,
  );
  for (const { kind, about, detail } of differences.slice(0, SHOWN)) {
    console.log(`✗ ${kind.replaceAll('_', ' ')}: ${about}: ${detail}`);
  }
  if (differences.length > SHOWN) console.log(`… and ${differences.length - SHOWN} more`);
  console.log(
    differences.length === 0 ? '✓ nothing differs, nothing is left unfinished' : `✗ ${differences.length} differences`,
  );
  return differences.length === 0 ? 0 : 1;
});
