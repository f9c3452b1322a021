// What it takes to close, rate and draft a period of ten thousand subscriptions, without Stripe; and whether one of ten thousand takes
// longer than one of a thousand.

import { type Pool } from 'pg';
import { createBillPeriods } from '../src/billing';
import { createPlanCatalogue } from '../src/plans';
import { createTestDatabase, type TestDatabase } from '../src/testing/test-database';
import { type Figure, measureInPairs, median, pairFigure, round } from './measure';
import { addTenants, recordBatch } from './tenant-database';
import { withBenchDatabase } from './usage-database';

const FEW = 1_000;
const MANY = 10_000;
/** Of the many a round bills a part: one period of them is billed in four rounds. */
const PART = MANY / 4;
const ROUNDS = 8;
/** As a run of billing has them. */
const AT_ONCE = 4;
const GRACE_MS = 3_600_000;
/** A small sum is measured over several periods, so that it takes long enough. */
const PERIODS_OF_FEW = 2;
/** One is billed before anything is measured. */
const PERIODS = 1 + PERIODS_OF_FEW * (ROUNDS + 1);
const PERIODS_OF_MANY = 1 + Math.ceil((ROUNDS * PART) / MANY);
const MIB = 1_048_576;

/** Organizations on the plan Starter for some periods, each used in each of them. */
async function subscribe({ pool }: TestDatabase, organizations: number, periods: number): Promise<void> {
  await addTenants(pool, organizations);
  const began = `(date_trunc('month', now(), 'UTC') - interval '${PERIODS} months')`;
  await pool.query(`update subscriptions set anchor = (${began} at time zone 'UTC')::date`);
  await pool.query(
    `update billing_accounts set billed_through = ${began}, next_due_at = ${began} + interval '1 month'`,
  );
  await pool.query(
    `update subscription_phases set plan_version_id = (select id from plan_versions where plan_key = 'starter' order by version desc limit 1)`,
  );
  const client = await pool.connect();
  for (let period = 0; period < periods; period += 1) {
    const from = `${began} + interval '${period} months 10 days'`;
    for (let first = 0; first < organizations; first += FEW)
      await recordBatch(client, { first, count: FEW, organizations, from, seconds: 60 });
    if (process.stderr.isTTY) process.stderr.write(`\r  recording ${period + 1} of ${periods} periods `);
  }
  client.release();
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  await pool.query('vacuum analyze');
}

/** Bills so many periods of the organizations whose turn it is. @returns ms per subscription and period */
function biller(pool: Pool, onMemory: (bytes: number) => void) {
  const bills = createBillPeriods({
    pool,
    catalogue: createPlanCatalogue({ pool }),
    graceMs: GRACE_MS,
    zeroInvoices: 'skip',
    collectionOf: async () => 'manual',
  });
  return async (organizations: number, periods: number): Promise<number> => {
    const { rows } = await pool.query<{ id: string }>(
      'select organization_id as id from billing_accounts order by next_due_at, 1 limit $1',
      [organizations],
    );
    const at = new Date();
    const startedAtMs = performance.now();
    let drafts = 0;
    for (let period = 0; period < periods; period += 1) {
      const waiting = rows.values();
      const work = async () => {
        for (const { id } of waiting) {
          if ((await bills.billNext(id, at))?.invoiceId) drafts += 1;
          if (drafts % 100 === 0) onMemory(process.memoryUsage().rss);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
    }
    if (drafts !== rows.length * periods) throw new Error(`${drafts} drafts of ${rows.length * periods} subscriptions`);
    return (performance.now() - startedAtMs) / drafts;
  };
}

export const benchBilling = (): Promise<Figure[]> =>
  withBenchDatabase(async (few) => {
    const many = await createTestDatabase();
    try {
      await subscribe(few, FEW, PERIODS);
      await subscribe(many, MANY, PERIODS_OF_MANY);
      let peak = 0;
      const onMemory = (bytes: number) => (peak = Math.max(peak, bytes));
      const [billFew, billMany] = [biller(few.pool, () => undefined), biller(many.pool, onMemory)];
      const before = process.memoryUsage().rss;
      // A first period, so that nothing is measured by plans that were made for empty tables.
      await billFew(FEW, 1);
      await billMany(MANY, 1);
      for (const { pool } of [few, many]) await pool.query('analyze');
      const pairs = await measureInPairs(
        ROUNDS,
        () => billFew(FEW, PERIODS_OF_FEW),
        () => billMany(PART, 1),
      );
      const figure = pairFigure(`closing and rating: ms per subscription of ${MANY} ÷ of ${FEW}`, [pairs], 'ms', 2);
      return [
        { ...figure, atMost: 1.2 },
        {
          name: `closing and rating ${MANY} subscriptions: a second's ÷ 100`,
          ratio: 10 / median(pairs.candidates),
          atLeast: 1,
          detail: `${round(1_000 / median(pairs.candidates), 0)} a second, with ${AT_ONCE} at once`,
        },
        {
          name: `closing and rating ${MANY} subscriptions: peak memory of the process ÷ 512 MiB`,
          ratio: peak / (512 * MIB),
          atMost: 1,
          detail: `${round(peak / MIB, 0)} MiB resident, ${round(before / MIB, 0)} MiB before`,
        },
      ];
    } finally {
      await many.drop();
    }
  });
