import fc from 'fast-check';
import { verifyUsage } from '@/metering';
import { type Owed, isGauge, reckonPeriod } from '@/testing/billed-year/reckon-year';
import { liveYear } from '@/testing/billed-year/live-year';
import { type YearScript, yearScripts } from '@/testing/billed-year/year-script';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';

const YEARS = 24;
const AT_ONCE = 4;

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await database.pool.query(
    `insert into metrics (key, name, unit, aggregation) values ('tries', 'Tries', 'try', 'count'), ('peak', 'Peak', 'seat', 'max')`,
  );
  await database.pool.query(`select ensure_usage_partition(now()::date)`);
});
afterAll(() => database.drop());

/** What all invoices together say of each period, in the shape of {@link reckonPeriod}. */
async function billedOf(organizationId: string): Promise<Map<number, Map<string, Owed>>> {
  const { rows } = await database.pool.query<{
    period: Date;
    what: string;
    minor: number;
    quantity: number;
    events: number | null;
  }>(
    `select l.period_start as period, coalesce(l.metric, 'fee') || to_char(l.from_at at time zone 'UTC', ' YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as what,
       sum(l.amount_minor)::float8 as minor, coalesce((array_agg(l.quantity order by i.period_start desc))[1], 0)::float8 as quantity,
       (array_agg(l.events order by i.period_start desc))[1]::float8 as events
     from invoice_lines l join invoices i on i.id = l.invoice_id
     where l.organization_id = $1 and l.kind <> 'carried' group by 1, 2`,
    [organizationId],
  );
  const billed = new Map<number, Map<string, Owed>>();
  for (const { period, what, ...owed } of rows) {
    if (owed.minor === 0 && owed.quantity === 0) continue;
    const of = billed.get(period.getTime()) ?? new Map<string, Owed>();
    billed.set(period.getTime(), of.set(what, owed));
  }
  return billed;
}

async function sumsOf(organizationId: string) {
  const { rows } = await database.pool.query<Record<'invoiced' | 'lines' | 'carried' | 'numbers' | 'wrong', number>>(
    `select coalesce(sum(i.subtotal_minor), 0)::float8 as invoiced, max(a.carried_minor)::float8 as carried,
       count(i.sequence)::integer as numbers,
       (count(*) filter (where i.status = 'draft' or i.sequence <> n.place or i.subtotal_minor <> n.lines))::integer as wrong
     from billing_accounts a
     left join invoices i using (organization_id)
     left join lateral (
       select (select count(*) from invoices o where o.organization_id = i.organization_id and o.period_start <= i.period_start) as place,
         (select coalesce(sum(l.amount_minor), 0) from invoice_lines l where l.invoice_id = i.id) as lines
     ) n on true
     where a.organization_id = $1`,
    [organizationId],
  );
  return rows[0]!;
}

/** @throws what a matcher throws, where an invoice is not what it should be. */
async function checkYear(script: YearScript): Promise<void> {
  const { organizationId, facts, wrongPreviews } = await liveYear(database.pool, script);
  expect(wrongPreviews).toEqual([]);
  const billed = await billedOf(organizationId);
  const shown = (entries: ReadonlyMap<string, Owed> | undefined) =>
    [...(entries ?? [])]
      .map(([what, { minor, quantity, events }]) => {
        // Where no invoices over nothing are made, only money is told for certain.
        if (script.zeroInvoices === 'skip') return minor === 0 ? '' : `${what}: ${minor}`;
        return `${what}: ${minor} for ${quantity}${isGauge(what.split(' ')[0]!) ? '' : ` in ${events}`}`;
      })
      .filter((line) => line !== '')
      .sort();
  let owedMinor = 0;
  for (let index = 0; index + 1 < facts.bounds.length; index += 1) {
    const start = facts.bounds[index]!;
    const owed = reckonPeriod(facts, index);
    for (const { minor } of owed.values()) owedMinor += minor;
    const name = new Date(start).toISOString();
    expect([name, ...shown(billed.get(start))]).toEqual([name, ...shown(owed)]);
  }
  const { invoiced, carried, wrong } = await sumsOf(organizationId);
  expect({ owed: invoiced + carried, wrong }).toEqual({ owed: owedMinor, wrong: 0 });
}

describe('a year of invoices', () => {
  it('comes to what all events of all its periods cost, reckoned one by one, whatever came late, changed or broke meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(yearScripts, { minLength: AT_ONCE, maxLength: AT_ONCE }), async (scripts) => {
        await Promise.all(scripts.map(checkYear));
      }),
      // A year is too long to be made smaller.
      { numRuns: YEARS / AT_ONCE, interruptAfterTimeLimit: 30_000, endOnFailure: true },
    );
    expect((await verifyUsage(database.pool)).differences).toEqual([]);
  }, 240_000);
});
