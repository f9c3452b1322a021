import { createOrganization, createTestDatabase } from '@/testing/test-database';
import { INVOICE_STATUSES } from './invoice-contracts';
import { assertCanBecome, canBecome } from './invoice-state';

it('the states that an invoice can come to are those that the database lets it come to', async () => {
  const database = await createTestDatabase();
  const { pool } = database;
  const { id } = await createOrganization(pool);
  let month = 0;
  const allowed = async (from: string, to: string) => {
    const start = new Date(Date.UTC(2000, month++, 1));
    const { rows } = await pool.query<{ id: string }>(
      `insert into invoices (organization_id, kind, period_start, period_end, status, collection, sequence, number, currency, subtotal_minor, total_minor,
         drafted_at, finalized_at, paid_at, voided_at)
       values ($1, 'period', $2::timestamptz, $2::timestamptz + interval '1 month', $3, 'manual', $4::integer, $4::integer::text, 'USD', 1, 1, now(), $5, now(), now()) returning id`,
      [id, start, from, from === 'draft' ? null : month, from === 'draft' ? null : start],
    );
    const numbered =
      from === 'draft' && to !== 'draft' ? `, sequence = ${month}, number = '${month}', finalized_at = now()` : '';
    return pool.query(`update invoices set status = $2 ${numbered} where id = $1`, [rows[0]!.id, to]).then(
      () => true,
      () => false,
    );
  };
  for (const from of INVOICE_STATUSES) {
    for (const to of INVOICE_STATUSES) {
      if (from === to) continue;
      expect([from, to, await allowed(from, to)]).toEqual([from, to, canBecome(from, to)]);
    }
  }
  expect(() => assertCanBecome('paid', 'void')).toThrow('The invoice is paid: it cannot become void.');
  await database.drop();
});
