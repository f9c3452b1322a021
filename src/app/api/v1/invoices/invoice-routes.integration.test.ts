import { randomUUID } from 'node:crypto';
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { services } from '@/container';
import { createApiKeyInput } from '@/keys/contracts';
import { type RouteHandler } from '@/http';
import { billingOn, createBilledOrganization, usageOn } from '@/testing/billing-world';
import { writeFiles } from '@/testing/line-files';
import { startPlan } from '@/testing/quota-fixture';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { GET as list } from './route';
import { GET as read } from './[id]/route';
import { GET as creditNotes } from './[id]/credit-notes/route';
import { GET as events } from './[id]/lines/[lineId]/events/route';

const root = resolve(__dirname, '../../../../..');
const AT = new Date('2026-02-15T02:00:00Z');

let database: TestDatabase;
let invoiceId: string;
let draftId: string;
let keys: { ours: string; test: string; theirs: string };

beforeAll(async () => {
  database = await createTestDatabase();
  Object.assign(process.env, {
    DATABASE_URL: database.url,
    SUPABASE_URL: 'http://127.0.0.1:9',
    SUPABASE_ANON_KEY: 'anon',
    USAGE_DURABILITY: 'database',
    LOG_LEVEL: 'silent',
  });
  const { pool } = database;
  await pool.query(`select ensure_usage_partition(now()::date)`);
  const [ours, theirs] = await Promise.all([1, 2].map(() => createBilledOrganization(pool, '2026-01-15T00:00:00Z')));
  await startPlan(pool, ours!, 'starter', new Date('2026-01-15T00:00:00Z'));
  await usageOn(pool)(ours!, '2026-01-20T10:00:00Z', { documents: 200 }, 2);
  invoiceId = (await billingOn(pool).billNext(ours!, AT))!.invoiceId!;
  await billingOn(pool).finalizeDrafts(ours!, AT);
  draftId = (await billingOn(pool).billNext(ours!, new Date('2026-03-15T02:00:00Z')))!.invoiceId!;
  const makeKey = async (organizationId: string, livemode = true) => {
    const input = createApiKeyInput.parse({ name: 'Key', scopes: ['usage:read'], livemode });
    const actor = { kind: 'user' as const, id: randomUUID() };
    return (await services().apiKeys.create(organizationId, actor, input, { maxRequestsPerMinute: null })).secret;
  };
  keys = { ours: await makeKey(ours!), test: await makeKey(ours!, false), theirs: await makeKey(theirs!) };
});
afterAll(async () => {
  await services().close();
  await database.drop();
});

const call = (route: RouteHandler, key: string, params: Record<string, string> = {}, query = '') =>
  route(new Request(`https://usage.example.com/api/v1/invoices${query}`, { headers: { 'x-api-key': key } }), {
    params: Promise.resolve(params),
  });
const invoiceSeenBy = async (key: string, id = invoiceId) => {
  const response = await call(read, key, { id });
  return { status: response.status, text: await response.text() };
};
interface Told {
  number: string;
  lines: { id: string; metric: string | null; position: number }[];
}
const told = async () => JSON.parse((await invoiceSeenBy(keys.ours)).text) as Told;

it('shows an issued invoice, its list and its events to its organization only, and to no test key', async () => {
  const idsSeenBy = async (key: string) =>
    ((await (await call(list, key)).json()) as { data: { id: string }[] }).data.map(({ id }) => id);
  expect(await idsSeenBy(keys.ours)).toEqual([invoiceId]);
  const line = (await told()).lines.find(({ metric }) => metric === 'documents')!;
  for (const key of [keys.theirs, keys.test]) {
    expect(await idsSeenBy(key)).toEqual([]);
    expect((await invoiceSeenBy(key)).status).toBe(404);
    expect((await call(events, key, { id: invoiceId, lineId: line.id })).status).toBe(404);
  }
  expect((await invoiceSeenBy(keys.ours, draftId)).status).toBe(404);
});

it('has no file of a line that counts no events, or of another invoice', async () => {
  const { lines } = await told();
  const plan = lines.find(({ metric }) => metric === null)!;
  const documents = lines.find(({ metric }) => metric === 'documents')!;
  for (const [id, lineId] of [
    [invoiceId, plan.id],
    [draftId, documents.id],
    [invoiceId, randomUUID()],
  ] as const) {
    expect((await call(events, keys.ours, { id, lineId })).status).toBe(404);
  }
});

it('gives files that the command-line program verifies by themselves, and names the line where one was changed', async () => {
  const { number, lines } = await told();
  const { text } = await invoiceSeenBy(keys.ours);
  const line = lines.find(({ metric }) => metric === 'documents')!;
  const response = await call(events, keys.ours, { id: invoiceId, lineId: line.id }, '?format=ndjson');
  expect(response.headers.get('content-disposition')).toBe(
    `attachment; filename="${number}-line-${line.position}.ndjson"`,
  );
  const file = await response.text();
  expect(file.trimEnd().split('\n')).toHaveLength(2);
  const verify = async (files: string[]) => {
    const { folder, paths } = await writeFiles(files);
    // Nothing but the files: no database, no environment.
    const run = promisify(execFile)('npm', ['run', '-s', 'verify-invoice', '--', ...paths], {
      cwd: root,
      env: { NODE_ENV: 'test', PATH: process.env.PATH, HOME: process.env.HOME },
    });
    const { code, stdout } = await run.then(
      ({ stdout }) => ({ code: 0, stdout }),
      (error: { code: number; stdout: string }) => error,
    );
    await rm(folder, { recursive: true });
    return { code, stdout };
  };
  expect(await verify([file, text])).toEqual({
    code: 0,
    stdout: expect.stringContaining(`✓ invoice ${number}: 2 lines over 94.00 USD`) as string,
  });
  const changed = await verify([text, file.replace('"quantity":"200"', '"quantity":"100"')]);
  expect(changed.code).toBe(1);
  expect(changed.stdout).toContain(`✗ line ${line.position}, `);
  expect(changed.stdout).toContain('it says 400, the events come to 300');
  expect((await verify([file])).code).toBe(2);
});

it('lists what was taken off an invoice to its organization only, and says whether Stripe was told', async () => {
  const { pool } = database;
  const admin = randomUUID();
  const { status, lines } = JSON.parse((await invoiceSeenBy(keys.ours)).text) as Told & { status: string };
  expect([status, lines.length]).toEqual(['finalized', 2]);
  const notesSeenBy = async (key: string, id = invoiceId) => {
    const response = await call(creditNotes, key, { id });
    return response.status === 200 ? ((await response.json()) as { data: object[] }).data : response.status;
  };
  expect(await notesSeenBy(keys.ours)).toEqual([]);
  await pool.query(`update invoices set status = 'sent', sent_at = now() where id = $1`, [invoiceId]);
  const credit = (amount: string, reason: string) =>
    services().creditNotes.credit(invoiceId, admin, { amount, reason, lines: undefined });
  const first = await credit('4.50', 'Outage on Jan 20');
  const second = await credit('1.00', 'Goodwill');
  await pool.query(
    `insert into stripe_effects (organization_id, invoice_id, credit_note_id, effect, kind, created_at)
     select organization_id, invoice_id, id, 'credit-note/' || id, 'credit_note', now() from credit_notes where id = $1`,
    [second.id],
  );
  expect(await notesSeenBy(keys.ours)).toEqual([
    {
      ...{ id: first.id, number: first.number, currency: 'USD', amount: '4.50', amount_minor: 450, voids: false },
      ...{ created_at: first.created_at, reason: 'Outage on Jan 20', state: 'issued' },
    },
    expect.objectContaining({ number: second.number, reason: 'Goodwill', state: 'on_its_way' }),
  ]);
  for (const key of [keys.theirs, keys.test]) expect(await notesSeenBy(key)).toBe(404);
  expect(await notesSeenBy(keys.ours, draftId)).toBe(404);
});
