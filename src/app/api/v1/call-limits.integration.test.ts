import { rm } from 'node:fs/promises';
import { services } from '@/container';
import { type RouteHandler } from '@/http';
import { addMember } from '@/testing/builders';
import { bearerFor, createTestKey, limitedTestEnvironment } from '@/testing/limited-environment';
import { createOrganization, createTestDatabase, type TestDatabase } from '@/testing/test-database';
import * as rotate from './keys/[id]/rotate/route';
import * as key from './keys/[id]/route';
import * as keys from './keys/route';
import * as organizations from './organizations/route';
import * as history from './usage/history/route';

let database: TestDatabase;
let dataDir: string;

beforeAll(async () => {
  database = await createTestDatabase();
  dataDir = await limitedTestEnvironment(database.url);
  await services().start();
}, 60_000);
afterAll(async () => {
  await services().close();
  await database.drop();
  await rm(dataDir, { recursive: true, force: true });
});

async function setUp() {
  const { id } = await createOrganization(database.pool);
  const member = await addMember(database.pool, id, { role: 'owner' });
  const keyOf = async (livemode: boolean) => ({
    'x-api-key': await createTestKey(services().apiKeys, id, { livemode, scopes: ['keys:write', 'usage:read'] }),
  });
  return {
    id,
    owner: { authorization: await bearerFor(member), 'x-organization-id': id },
    live: await keyOf(true),
    test: await keyOf(false),
  };
}
const send = (route: RouteHandler, headers: Record<string, string>, { method = 'GET', id = '', body = {} } = {}) =>
  route(
    new Request('https://usage.example.com/api/v1/x', {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(method === 'POST' && { body: JSON.stringify(body) }),
    }),
    { params: Promise.resolve({ id }) },
  );
/** How often a call is let through, until it is refused; and the refusal. */
async function untilRefused(call: () => Promise<Response>): Promise<{ through: number; refusal: Response }> {
  for (let through = 0; ; through++) {
    const answer = await call();
    if (answer.status === 429) return { through, refusal: answer };
  }
}

describe('a call that is not metered', () => {
  it('is refused beyond its limit with a problem that says when to come back, for its caller alone', async () => {
    const { live, test, owner } = await setUp();
    const revoke = (headers: Record<string, string>) => send(key.DELETE, headers, { method: 'DELETE', id: 'none' });
    const { through, refusal } = await untilRefused(() => revoke(test));
    // More where the edge of a minute lies between.
    expect(through).toBeGreaterThanOrEqual(120);
    expect(refusal.headers.get('content-type')).toBe('application/problem+json');
    expect(refusal.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
    expect(await refusal.json()).toMatchObject({ code: 'rate_limited', limit: 'changing', limit_value: 120 });
    expect([(await revoke(live)).status, (await revoke(owner)).status]).toEqual([422, 422]);
    expect((await send(history.GET, test)).status).toBe(200);
  });

  it('of a test key that tries to make keys without end leaves the owner and live keys their attempts', async () => {
    const { id, owner, live, test } = await setUp();
    const create = (headers: Record<string, string>, body: object) =>
      send(keys.POST, headers, { method: 'POST', body });
    const beyond = await untilRefused(() => create(test, { name: 'Live', scopes: ['usage:read'] }));
    expect(beyond.through).toBeGreaterThanOrEqual(120);
    await createTestKey(services().apiKeys, id, { name: 'Other', scopes: ['usage:read'] });
    const { data } = await services().apiKeys.list(id, { limit: 10 });
    const [other] = data.filter(({ name }) => name === 'Other');
    const replaced = await send(rotate.POST, live, { method: 'POST', id: other!.id });
    expect(replaced.status).toBe(201);
    const { id: next } = (await replaced.json()) as { id: string };
    expect((await send(rotate.POST, owner, { method: 'POST', id: next })).status).toBe(201);
  });

  it('that makes organizations is let through five times an hour, and what is not valid does not count', async () => {
    const { owner } = await setUp();
    const create = (name: string) => send(organizations.POST, owner, { method: 'POST', body: { name } });
    for (const name of ['', 'two\nlines', 'x'.repeat(101)]) expect((await create(name)).status).toBe(422);
    const { through, refusal } = await untilRefused(() => create('Acme'));
    expect([5, 6]).toContain(through);
    expect(Number(refusal.headers.get('retry-after'))).toBeGreaterThan(60);
  });
});
