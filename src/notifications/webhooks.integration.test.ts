import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { createOrganization, createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { createNotifier } from './notifier';
import { postWebhook } from './post-webhook';
import { signedHeaders } from './sign-webhook';
import { createWebhookCourier } from './webhook-courier';
import { createWebhookEndpoints } from './webhook-endpoints';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const PERSON = '00000000-0000-4000-8000-000000000001';

interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

describe('webhooks', () => {
  let database: TestDatabase;
  let server: Server;
  let base: string;
  let received: Received[];
  let answer: (request: Received, response: ServerResponse) => void;
  let nowMs: number;

  beforeAll(async () => {
    database = await createTestDatabase();
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => {
        const one = { path: request.url!, headers: request.headers, body };
        received.push(one);
        answer(one, response);
      });
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  beforeEach(() => {
    received = [];
    nowMs = Date.UTC(2026, 0, 1);
    answer = (_request, response) => response.writeHead(204).end();
  });

  afterAll(async () => {
    server.close().closeAllConnections();
    await database.drop();
  });

  const clock = { now: () => new Date(nowMs) };
  const courier = (post?: typeof postWebhook) =>
    createWebhookCourier({
      pool: database.pool,
      clock,
      allowLoopback: true,
      monotonicMs: () => performance.now(),
      chance: () => 0.5,
      ...(post && { post }),
    });

  async function setUp() {
    const { pool } = database;
    await pool.query('delete from webhook_endpoints');
    const { id: organizationId } = await createOrganization(pool);
    const entries: string[] = [];
    const endpoints = createWebhookEndpoints({
      pool,
      clock,
      allowLoopback: true,
      audit: async (_client, { action }) => void entries.push(action),
    });
    const notifier = createNotifier({ pool, clock });
    let told = 0;
    const tell = (count: number) =>
      Promise.all(
        Array.from({ length: count }, () =>
          notifier.notify({
            organizationId,
            key: `n${told++}`,
            type: 'alert.raised',
            occurredAt: clock.now(),
            data: { n: String(told) },
            mail: null,
            webhooks: 'subscribed',
          }),
        ),
      );
    const add = (path: string, event_types: ('alert.raised' | 'report.ready')[] = ['alert.raised']) =>
      endpoints.create(organizationId, PERSON, { url: base + path, description: '', event_types });
    return { organizationId, endpoints, entries, tell, add };
  }

  it('go to the endpoints that subscribed, signed, in order, and by either secret while one is replaced', async () => {
    const { organizationId, endpoints, entries, tell, add } = await setUp();
    const one = await add('/one');
    await add('/other', ['report.ready']);
    for (let n = 0; n < 20; n++) await tell(1);
    const done = await Promise.all(Array.from({ length: 3 }, () => courier().deliver(10_000)));
    expect(done.reduce((sum, { delivered }) => sum + delivered, 0)).toBe(20);
    expect(received.map(({ path }) => path)).toEqual(Array<string>(20).fill('/one'));
    const bodies = received.map(({ body }) => JSON.parse(body) as { type: string; data: { n: string } });
    expect(bodies.map(({ data }) => Number(data.n))).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
    expect(bodies[0]).toEqual({ type: 'alert.raised', timestamp: '2026-01-01T00:00:00.000Z', data: { n: '1' } });
    const signatures = (secrets: string[]) => {
      const { headers, body } = received.at(-1)!;
      const expected = signedHeaders(String(headers['webhook-id']), body, secrets, clock.now());
      return [headers['webhook-signature'], expected['webhook-signature']];
    };
    let [came, expected] = signatures([one.secret]);
    expect(came).toBe(expected);

    const { secret } = await endpoints.rotateSecret(organizationId, PERSON, one.id);
    for (const [laterMs, secrets] of [
      [23 * HOUR_MS, [secret, one.secret]],
      [2 * HOUR_MS, [secret]],
    ] as const) {
      nowMs += laterMs;
      await tell(1);
      await courier().deliver(10_000);
      [came, expected] = signatures([...secrets]);
      expect(came).toBe(expected);
    }
    const shown = await endpoints.deliveries(organizationId, one.id);
    expect(shown).toHaveLength(22);
    expect(shown[0]).toMatchObject({ state: 'delivered', attempts: 1, next_attempt_at: null });
    expect(shown[0]!.request).toBe(received.at(-1)!.body);
    expect(await endpoints.deliveries((await createOrganization(database.pool)).id, one.id)).toEqual([]);
    expect(entries).toEqual([
      'webhook_endpoint.created',
      'webhook_endpoint.created',
      'webhook_endpoint.secret_rotated',
    ]);
  });

  it('all arrive under one id each, though processes die at any moment and receivers fail, ask to wait, and answer twice', async () => {
    const { tell, add } = await setUp();
    for (let n = 0; n < 4; n++) await add(`/${n}`);
    await tell(50);
    let turn = 0;
    answer = (_request, response) => {
      turn++;
      if (turn % 7 === 0) response.writeHead(500).end('broken');
      else if (turn % 11 === 0) response.writeHead(429, { 'retry-after': '120' }).end();
      else if (turn % 13 === 0) response.destroy();
      else response.writeHead(200).end('thanks');
    };
    let calls = 0;
    // A process that is killed sends, or not yet, and is never heard of again; so is what it held.
    const dying = () =>
      courier(async (...args) => {
        const dies = ++calls % 6 === 0;
        if (!dies) return postWebhook(...args);
        if (calls % 12 === 0) await postWebhook(...args).catch(() => null);
        return new Promise(() => undefined);
      });
    for (let run = 0; run < 10; run++) {
      await Promise.race([dying().deliver(10_000), new Promise((later) => setTimeout(later, 150))]);
      nowMs += 3 * MINUTE_MS;
    }
    for (let run = 0; run < 60; run++) {
      await courier().deliver(10_000);
      nowMs += 20 * MINUTE_MS;
    }
    const arrived = new Map<string, Set<string>>();
    for (const { path, headers, body } of received) {
      const of = `${path} ${body}`;
      arrived.set(of, (arrived.get(of) ?? new Set()).add(String(headers['webhook-id'])));
    }
    expect(arrived.size).toBe(200);
    expect([...arrived.values()].filter((ids) => ids.size !== 1)).toEqual([]);
    const { rows } = await database.pool.query(
      'select 1 from outbox_messages where endpoint_id is not null and sent_at is null',
    );
    expect(rows).toEqual([]);
  });

  it('wait as long as Retry-After says, an hour at most, end with 410, and pass by what is refused for good', async () => {
    const { organizationId, endpoints, tell, add } = await setUp();
    const { id } = await add('/');
    await tell(1);
    answer = (_request, response) => response.writeHead(503, { 'retry-after': '999999' }).end();
    await courier().deliver(10_000);
    nowMs += 59 * MINUTE_MS;
    await courier().deliver(10_000);
    expect(received).toHaveLength(1);

    // The first is refused whatever happens; the others arrive.
    nowMs += 2 * MINUTE_MS;
    const poison = String(received[0]!.headers['webhook-id']);
    answer = ({ headers }, response) => response.writeHead(headers['webhook-id'] === poison ? 500 : 200).end();
    await tell(5);
    for (let hour = 0; hour < 80; hour++) {
      await courier().deliver(10_000);
      nowMs += HOUR_MS;
    }
    const states = (await endpoints.deliveries(organizationId, id)).map(
      ({ state, attempts }) => `${state} ${attempts}`,
    );
    expect(states).toEqual([...Array<string>(5).fill('delivered 1'), 'given_up 13']);

    answer = (_request, response) => response.writeHead(410).end();
    await tell(3);
    const before = received.length;
    await courier().deliver(10_000);
    expect(received.length).toBe(before + 1);
    const [endpoint] = await endpoints.list(organizationId);
    expect(endpoint).toMatchObject({ enabled: false, disabled_reason: 'Its receiver answered 410 (gone).' });
    answer = (_request, response) => response.writeHead(200).end();
    nowMs += HOUR_MS;
    await courier().deliver(10_000);
    expect(received.length).toBe(before + 1);
    await endpoints.update(organizationId, PERSON, id, { enabled: true });
    await expect(courier().deliver(10_000)).resolves.toEqual({ delivered: 3, failed: 0 });
  });

  it('have ten endpoints at most, whoever adds them at once, and only ones that may be called', async () => {
    const { organizationId, endpoints, add } = await setUp();
    const outcomes = await Promise.allSettled(Array.from({ length: 14 }, (_, n) => add(`/${n}`)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
    const url = 'https://169.254.169.254/latest';
    const input = { url, description: '', event_types: ['alert.raised' as const] };
    await expect(endpoints.create(organizationId, PERSON, input)).rejects.toMatchObject({ code: 'invalid_request' });
    const [first] = await endpoints.list(organizationId);
    await expect(endpoints.update(organizationId, PERSON, first!.id, { url })).rejects.toThrow('public internet');
    const { id: other } = await createOrganization(database.pool);
    await expect(endpoints.remove(other, PERSON, first!.id)).rejects.toMatchObject({ code: 'not_found' });
    await expect(endpoints.rotateSecret(other, PERSON, first!.id)).rejects.toMatchObject({ code: 'not_found' });
  });
});
