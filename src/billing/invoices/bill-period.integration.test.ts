import { billingOn, createBilledOrganization, usageOn } from '@/testing/billing-world';
import { startPlan } from '@/testing/quota-fixture';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await database.pool.query(`select ensure_usage_partition(now()::date)`);
});
afterAll(() => database.drop());

const JANUARY = '2026-01-15T00:00:00Z';
const after = (day: string) => new Date(`${day}T02:00:00Z`);

async function linesOf(organizationId: string) {
  const { rows } = await database.pool.query<{ line: string }>(
    `select to_char(i.period_start, 'MM-DD') || ' ' || l.kind || ' ' || coalesce(l.metric, '-') || ' ' || coalesce(trim_scale(l.quantity)::text, '-')
       || ' ' || l.amount_minor as line
     from invoice_lines l join invoices i on i.id = l.invoice_id where l.organization_id = $1 order by i.period_start, l.position`,
    [organizationId],
  );
  return rows.map(({ line }) => line);
}

describe('billing a period', () => {
  it('makes one invoice of it, of its fee and its overage, however many bill it at once', async () => {
    const { pool } = database;
    const id = await createBilledOrganization(pool, JANUARY);
    await startPlan(pool, id, 'starter', new Date(JANUARY));
    await usageOn(pool)(id, '2026-01-20T10:00:00Z', { api_calls: 1, ai_tokens: 300_500 });
    const at = after('2026-02-15');
    expect(await billingOn(pool).billNext(id, new Date('2026-02-15T00:30:00Z'))).toBeNull();
    const billed = await Promise.all(Array.from({ length: 4 }, () => billingOn(pool).billNext(id, at)));
    expect(billed.filter((one) => one?.invoiceId)).toHaveLength(1);
    // 19.00, and 51 packages of 1,000 begun at 0.02.
    expect(await linesOf(id)).toEqual([
      '01-15 plan - - 1900',
      '01-15 usage ai_tokens 300500 102',
      '01-15 usage api_calls 1 0',
    ]);
    expect(await billingOn(pool).billNext(id, at)).toBeNull();
  });

  it('charges late events with the next invoice, or credits them, each once', async () => {
    const { pool } = database;
    const id = await createBilledOrganization(pool, JANUARY);
    await startPlan(pool, id, 'starter', new Date(JANUARY));
    const record = usageOn(pool);
    const billing = billingOn(pool);
    await record(id, '2026-01-20T10:00:00Z', { documents: 260 });
    await record(id, '2026-01-20T11:00:00Z', { storage_gb: 30 });
    await billing.billNext(id, after('2026-02-15'));
    await record(id, '2026-01-21T10:00:00Z', { documents: 4 });
    // The level was lower at the end than it was known to be; it lives on.
    await record(id, '2026-02-14T11:00:00Z', { storage_gb: 25 });
    const preview = await billing.preview(id, new Date('2026-03-14T23:00:00Z'));
    await billing.billNext(id, after('2026-03-15'));
    await billing.billNext(id, after('2026-04-15'));
    expect(await linesOf(id)).toEqual([
      '01-15 plan - - 1900',
      '01-15 usage documents 260 500',
      '01-15 usage storage_gb 30 2000',
      '02-15 plan - - 1900',
      '02-15 usage storage_gb 25 1000',
      '02-15 adjustment documents 264 200',
      '02-15 adjustment storage_gb 25 -1000',
      '03-15 plan - - 1900',
      '03-15 usage storage_gb 25 1000',
    ]);
    expect(preview.soFar.lines.map(({ line }) => line.amountMinor)).toEqual([1900, 1000, 200, -1000]);
  });

  it('numbers invoices in the order of their periods, without gaps', async () => {
    const { pool } = database;
    const id = await createBilledOrganization(pool, JANUARY);
    await startPlan(pool, id, 'pro', new Date(JANUARY));
    const billing = billingOn(pool);
    for (const day of ['2026-02-15', '2026-03-15', '2026-04-15']) await billing.billNext(id, after(day));
    await Promise.all(Array.from({ length: 3 }, () => billingOn(pool).finalizeDrafts(id, after('2026-04-15'))));
    const { rows } = await pool.query<{ numbers: string[] }>(
      `select array_agg(split_part(number, '-', 2) order by period_start) as numbers from invoices where organization_id = $1`,
      [id],
    );
    expect(rows[0]!.numbers).toEqual(['0001', '0002', '0003']);
    expect(await billing.handOver(id, after('2026-04-15'))).toEqual({ sent: 3, waiting: 0 });
    expect(await billing.handOver(id, after('2026-04-15'))).toEqual({ sent: 0, waiting: 0 });
  });

  it('refuses to change or remove what was issued', async () => {
    const { pool } = database;
    const id = await createBilledOrganization(pool, JANUARY);
    await startPlan(pool, id, 'pro', new Date(JANUARY));
    await billingOn(pool).billNext(id, after('2026-02-15'));
    await billingOn(pool).finalizeDrafts(id, after('2026-02-15'));
    const refused = { code: expect.stringMatching(/^TG00[28]$/) as string };
    for (const change of [
      'subtotal_minor = 1, total_minor = 1',
      `bill_to = '{}'`,
      `status = 'draft', number = null, sequence = null, finalized_at = null`,
    ])
      await expect(pool.query(`update invoices set ${change} where organization_id = $1`, [id])).rejects.toMatchObject(
        refused,
      );
    await expect(pool.query('delete from invoices where organization_id = $1', [id])).rejects.toMatchObject(refused);
    await expect(
      pool.query('update invoice_lines set amount_minor = 1 where organization_id = $1', [id]),
    ).rejects.toMatchObject(refused);
    await expect(pool.query('delete from invoice_lines where organization_id = $1', [id])).rejects.toMatchObject(
      refused,
    );
  });
});
