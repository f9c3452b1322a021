import { finalizeInvoice, insertInvoice } from '@/testing/invoice-builder';
import { createOrganization, createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { createInvoiceQueries } from './invoice-queries';

let database: TestDatabase;
let ours: string;
let theirs: string;
beforeAll(async () => {
  database = await createTestDatabase();
  [ours, theirs] = [(await createOrganization(database.pool)).id, (await createOrganization(database.pool)).id];
});
afterAll(() => database.drop());

const queries = () => createInvoiceQueries({ pool: database.pool });

it('tells an invoice with every digit, and with all that its amounts come from', async () => {
  const price = { model: 'per_unit', unit_price: '0.002' };
  const parts = [{ kind: 'units', quantity: '0.5', unit_price: '0.002', flat_amount: '0', amount: '0.001' }];
  const { id, lineIds } = await insertInvoice(database.pool, {
    organizationId: ours,
    from: '2025-01-01',
    to: '2025-02-01',
    lines: [
      { kind: 'plan', exact_amount: '49', amount_minor: 4900, days: 31, of_days: 31 },
      {
        ...{ quantity: '12345678901234567890.500000000001', included: null, price, parts },
        ...{ from: '2025-01-15T10:00:00.123456Z', stored_through: '2025-02-01T01:02:03.000004Z', events: 7 },
        ...{ exact_amount: '0.0010', amount_minor: 0 },
      },
    ],
  });
  const number = await finalizeInvoice(database.pool, id);
  expect(await queries().get(ours, id)).toMatchObject({
    ...{ id, number, status: 'finalized', subtotal: '49.00', total_minor: 4900, credited: '0.00' },
    ...{ period_start: '2025-01-01T00:00:00.000000Z', bill_to: { name: 'Somebody' } },
    lines: [
      { kind: 'plan', amount: '49.00', days: 31, evidence: null, metric: null, base_waived: false },
      {
        ...{
          id: lineIds[1],
          position: 2,
          kind: 'usage',
          metric: 'api_calls',
          aggregation: 'sum',
          plan: { key: 'pro' },
        },
        ...{ from: '2025-01-15T10:00:00.123456Z', quantity: '12345678901234567890.500000000001', included: null },
        ...{ price, parts, exact_amount: '0.001', amount: '0.00', billed: null },
        evidence: { events: 7, stored_through: '2025-02-01T01:02:03.000004Z', opening: null, digest_sha256: null },
      },
    ],
  });
});

it('says of which lines the base is waived, by the phase that they end in', async () => {
  await database.pool.query(
    `insert into subscription_phases (organization_id, starts_at, plan_version_id, reason, fee)
     select $1, '2025-03-01', id, 'trial', 'none' from plan_versions where plan_key = 'pro' order by version desc limit 1`,
    [theirs],
  );
  const { id } = await insertInvoice(database.pool, {
    organizationId: theirs,
    from: '2025-02-01',
    to: '2025-04-01',
    lines: [{ to: '2025-03-01' }, { from: '2025-03-01' }],
  });
  const { lines } = await queries().get(theirs, id, { drafts: true });
  expect(lines.map((line) => line.base_waived)).toEqual([false, true]);
});

it('shows nobody an invoice of another organization, and drafts only to whom it is told', async () => {
  const { id } = await insertInvoice(database.pool, { organizationId: ours, from: '2025-05-01', to: '2025-06-01' });
  await expect(queries().get(ours, id)).rejects.toMatchObject({ code: 'not_found' });
  expect(await queries().get(ours, id, { drafts: true })).toMatchObject({ id, number: null });
  await expect(queries().get(theirs, id, { drafts: true })).rejects.toMatchObject({ code: 'not_found' });
});

it('lists every invoice once, page by page, the newest period first', async () => {
  const { id: organizationId } = await createOrganization(database.pool);
  const ids: string[] = [];
  for (const month of [1, 2, 3, 4, 5]) {
    const { id } = await insertInvoice(database.pool, {
      organizationId,
      from: `2025-0${month}-01`,
      to: `2025-0${month + 1}-01`,
    });
    if (month < 5) await finalizeInvoice(database.pool, id);
    ids.unshift(id);
  }
  const seen: string[] = [];
  for (let cursor: string | undefined, pages = 0; pages < 9; pages++) {
    const page = await queries().list(organizationId, { limit: 2, cursor }, { drafts: pages % 2 === 0 });
    seen.push(...page.data.map(({ id }) => id));
    if (page.next_cursor === null) break;
    cursor = page.next_cursor;
  }
  expect(seen).toEqual(ids);
  expect((await queries().list(organizationId, { limit: 100 })).data).toHaveLength(4);
  await expect(queries().list(organizationId, { limit: 1, cursor: 'x' })).rejects.toMatchObject({
    code: 'invalid_request',
  });
});
