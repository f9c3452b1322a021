import { pino } from 'pino';
import { z } from 'zod';
import { createOrganization, createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { handle } from './handle';
import { type Handler } from './handler';
import { createIdempotencyStore } from './idempotency-store';
import { type Principal } from './principal';
import { readJson } from './read-json';
import { type Services } from './services';
import { withIdempotency } from './with-idempotency';

describe('a creation with an Idempotency-Key', () => {
  let database: TestDatabase;
  let services: Services;
  let principal: Principal;

  beforeAll(async () => {
    database = await createTestDatabase();
    services = { idempotency: createIdempotencyStore(database), log: pino({ level: 'silent' }) } as unknown as Services;
    const { id } = await createOrganization(database.pool);
    principal = {
      kind: 'api_key',
      organizationId: id,
      apiKeyId: 'key',
      livemode: true,
      scopes: ['*'],
      requestsPerMinute: null,
      mayExceedPlan: false,
    };
  });
  afterAll(() => database.drop());

  function setUp({ secret = false, status = 201 } = {}) {
    const world = { created: 0 };
    const create: Handler<Principal> = async (request) => {
      const { name } = await readJson(request, z.strictObject({ name: z.string() }));
      await new Promise((resolve) => setTimeout(resolve, 30));
      const id = `thing-${++world.created}`;
      return Response.json({ id, name, ...(secret && { secret: 'tg_live_precious' }) }, { status });
    };
    const route = handle(
      () => services,
      (request, context) => withIdempotency(create, { secret })(request, { ...context, principal }),
    );
    const send = async (key: string, body: object) => {
      const headers = { 'content-type': 'application/json', 'idempotency-key': key };
      const request = new Request('https://example.com/things', {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
      });
      const response = await route(request, { params: Promise.resolve({}) });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    };
    return { world, send };
  }

  it('creates once, however many copies arrive at the same time, and answers them all alike', async () => {
    const { world, send } = setUp();
    const answers = await Promise.all(Array.from({ length: 10 }, () => send('same', { name: 'a' })));
    expect(world.created).toBe(1);
    expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(
      new Set([JSON.stringify({ status: 201, body: { id: 'thing-1', name: 'a' } })]),
    );
  });

  it('is refused when the key stands for another request', async () => {
    const { world, send } = setUp();
    await send('other', { name: 'a' });
    expect(await send('other', { name: 'b' })).toMatchObject({ status: 409, body: { code: 'idempotency_conflict' } });
    expect(world.created).toBe(1);
  });

  it('makes one secret of ten copies, shows it once and stores it nowhere', async () => {
    const { world, send } = setUp({ secret: true });
    const answers = await Promise.all(Array.from({ length: 10 }, () => send('secret', { name: 'a' })));
    expect(world.created).toBe(1);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    const refused = answers.filter(({ status }) => status === 409);
    expect(refused).toHaveLength(9);
    expect(refused[0]?.body.detail).toContain('thing-1');
    const { rows } = await database.pool.query('select k::text as stored from idempotency_keys k');
    expect(JSON.stringify(rows)).not.toContain('tg_live_precious');
  });

  it('leaves the key free when nothing was created', async () => {
    const failing = setUp({ status: 400 });
    expect((await failing.send('failed', { name: 'a' })).status).toBe(400);
    expect((await failing.send('wrong', { nmae: 'a' })).status).toBe(422);
    const { send } = setUp();
    expect((await send('failed', { name: 'a' })).status).toBe(201);
    expect((await send('wrong', { name: 'a' })).status).toBe(201);
  });

  it('may be sent anew after 24 hours', async () => {
    const { world, send } = setUp();
    await send('old', { name: 'a' });
    await database.pool.query(
      `update idempotency_keys set created_at = created_at - interval '25 hours' where key = 'old'`,
    );
    expect(await send('old', { name: 'b' })).toMatchObject({ status: 201 });
    expect(world.created).toBe(2);
  });
});
