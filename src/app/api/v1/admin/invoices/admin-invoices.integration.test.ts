import { rm } from 'node:fs/promises';
import { services } from '@/container';
import { callRoute } from '@/testing/call-route';
import { dunningWorld } from '@/testing/issued-invoices';
import { bearerFor, limitedTestEnvironment, TEST_ADMIN_ID } from '@/testing/limited-environment';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';
import * as creditNotes from './[id]/credit-notes/route';
import * as markPaid from './[id]/mark-paid/route';
import * as retried from './[id]/retry/route';
import * as voided from './[id]/void/route';
import * as invoices from './route';

let database: TestDatabase;
let dataDir: string;
let headers: Record<string, string>;
beforeAll(async () => {
  database = await createTestDatabase();
  dataDir = await limitedTestEnvironment(database.url, {});
  await services().start();
  headers = { authorization: await bearerFor({ userId: TEST_ADMIN_ID, email: 'admin@example.com' }) };
}, 60_000);
afterAll(async () => {
  await services().close();
  await database.drop();
  await rm(dataDir, { recursive: true, force: true });
});

it('a platform admin lists invoices by state, credits, voids and marks them paid, each with an entry in the audit log', async () => {
  const world = dunningWorld(database.pool);
  const { id } = await world.organization();
  const [first, second, third] = [await world.invoice(id), await world.invoice(id), await world.invoice(id)];
  const credit = { headers, params: { id: first }, body: { amount: '9.00', reason: 'Outage' } };
  expect(await callRoute(creditNotes.POST, credit)).toMatchObject({
    status: 201,
    body: { amount: '9.00', voids: false },
  });
  const toVoid = { headers, params: { id: second }, body: { reason: 'Mistake' } };
  expect(await callRoute(voided.POST, toVoid)).toMatchObject({ status: 201, body: { amount: '49.00', voids: true } });
  expect(await callRoute(voided.POST, toVoid)).toMatchObject({ status: 409, body: { code: 'conflict' } });
  const paid = { headers, params: { id: third }, body: { reason: 'By transfer' } };
  for (const _ of [1, 2]) {
    expect(await callRoute(markPaid.POST, paid)).toMatchObject({
      status: 200,
      body: { status: 'paid', organization_id: id },
    });
  }
  const listed = async (query: string) => {
    const { body } = await callRoute(invoices.GET, { headers, query });
    const { data, next_cursor } = body as { data: { id: string }[]; next_cursor: string | null };
    return { ids: data.map((invoice) => invoice.id), next: next_cursor };
  };
  expect((await listed('?status=sent')).ids).toEqual([first]);
  expect((await listed('?status=void')).ids).toEqual([second]);
  const page = await listed('?limit=2');
  expect([page.ids, (await listed(`?limit=2&cursor=${page.next}`)).ids]).toEqual([[third, second], [first]]);
  const other = await world.organization();
  await world.invoice(other.id, [100], { status: 'draft' });
  const { body } = await callRoute(invoices.GET, { headers, query: `?organization_id=${id}&status=void` });
  expect(body).toMatchObject({
    data: [{ id: second }],
    counts: { draft: 0, finalized: 0, sent: 1, paid: 1, payment_failed: 0, void: 1 },
  });
  expect(await world.actions(id)).toEqual(['invoice.credited', 'invoice.voided', 'invoice.paid']);
});

it('a platform admin has an invoice that waits tried again, and only such a one', async () => {
  const world = dunningWorld(database.pool);
  world.time.now = services().clock.now();
  const { id } = await world.organization();
  const draft = await world.invoice(id, [500], { status: 'draft' });
  const retry = () => callRoute(retried.POST, { headers, params: { id: draft }, method: 'POST' });
  expect(await retry()).toMatchObject({ status: 200, body: { id: draft, status: 'sent', attention: null } });
  expect(await retry()).toMatchObject({ status: 409, body: { code: 'conflict' } });
  expect(await world.actions(id)).toEqual(['invoice.retried']);
});
