import { randomUUID } from 'node:crypto';
import { services } from '@/container';
import { createApiKeyInput } from '@/keys/contracts';
import { createOrganization, createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { GET as current } from './current/route';
import { GET as endpoints } from './endpoints/route';
import { POST as events } from './events/route';
import { GET as exported } from './export/route';
import { GET as history } from './history/route';
import { GET as stats } from './stats/route';
import { GET as summary } from './summary/route';
import { POST as track } from './track/route';
import { GET as trends } from './trends/route';

type Route = typeof current;
const ORIGIN = 'http://127.0.0.1/api/v1/usage';
const MISTYPED = `tg_live_${'0'.repeat(36)}`;
const READINGS = { current, history, endpoints, stats, trends, summary };

let database: TestDatabase;
let live: string;
let test: string;
let readOnly: string;
let foreign: string;

async function makeKey(organizationId: string, more: { livemode?: boolean; scopes?: string[] } = {}): Promise<string> {
  const input = createApiKeyInput.parse({ name: 'Key', scopes: ['*'], ...more });
  const actor = { kind: 'user' as const, id: randomUUID() };
  const created = await services().apiKeys.create(organizationId, actor, input, { maxRequestsPerMinute: null });
  return created.secret;
}
const call = (route: Route, path: string, key: string, init: RequestInit = {}): Promise<Response> =>
  route(new Request(`${ORIGIN}/${path}`, { ...init, headers: { 'x-api-key': key, ...init.headers } }), {
    params: Promise.resolve({}),
  });
const post = (route: Route, path: string, key: string, body: unknown, type = 'application/json') =>
  call(route, path, key, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': type } });
const requestsSeenBy = async (key: string, query = 'days=1') =>
  ((await (await call(stats, `stats?${query}`, key)).json()) as { requests: number }).requests;
const codeOf = async (response: Response) => ({
  status: response.status,
  code: ((await response.json()) as { code: string }).code,
});
const event = (more: object = {}) => ({ id: randomUUID(), quantities: { api_calls: 1 }, ...more });

beforeAll(async () => {
  database = await createTestDatabase();
  Object.assign(process.env, {
    DATABASE_URL: database.url,
    SUPABASE_URL: 'http://127.0.0.1:9',
    SUPABASE_ANON_KEY: 'anon',
    USAGE_DURABILITY: 'database',
    LOG_LEVEL: 'silent',
  });
  const [ours, theirs] = [await createOrganization(database.pool), await createOrganization(database.pool)];
  for (const { id } of [ours, theirs]) {
    await services().subscriptions.changePlan(id, { kind: 'system' }, 'pro', { byAdmin: true });
  }
  const scopes = ['usage:read', 'usage:write'];
  live = await makeKey(ours.id, { scopes });
  test = await makeKey(ours.id, { livemode: false, scopes });
  readOnly = await makeKey(ours.id, { scopes: ['usage:read'] });
  foreign = await makeKey(theirs.id);
}, 30_000);
afterAll(async () => {
  await services().close();
  await database.drop();
});

describe('reporting', () => {
  it('records for the organization, mode and key of the caller, and shows it to that organization and mode only', async () => {
    const body = [
      event({ route: '=cmd()', status: 200 }),
      { id: 'x', quantities: { nothing: 1 } },
      event({ status: 500 }),
    ];
    const response = await post(events, 'events', live, body);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      accepted: 2,
      rejected: 1,
      results: [{}, { reason: 'unknown_metric' }, {}],
    });
    await post(events, 'events', test, event());
    expect(await requestsSeenBy(live)).toBe(2);
    expect(await requestsSeenBy(test)).toBe(1);
    expect(await requestsSeenBy(test, 'days=1&mode=live')).toBe(1);
    expect(await requestsSeenBy(live, 'days=1&mode=test')).toBe(1);
    expect(await requestsSeenBy(foreign)).toBe(0);
    const { rows } = await database.pool.query(
      `select k.livemode, count(*)::int as n from usage_events e join api_keys k on k.id = e.api_key_id group by 1 order by 1`,
    );
    expect(rows).toEqual([
      { livemode: false, n: 1 },
      { livemode: true, n: 2 },
    ]);
  });

  it('takes CloudEvents by their media type', async () => {
    const cloudEvent = { specversion: '1.0', id: 'c', source: 's', type: 't', data: { quantities: { ai_tokens: 3 } } };
    const response = await post(events, 'events', live, [cloudEvent], 'application/cloudevents-batch+json');
    expect(await response.json()).toMatchObject({ accepted: 1 });
  });

  it('takes a CloudEvent in binary mode, from headers and body', async () => {
    const send = (id: string) =>
      call(events, 'events', live, {
        method: 'POST',
        body: JSON.stringify({ quantities: { ai_tokens: 3 } }),
        headers: {
          'content-type': 'application/json; charset=utf-8',
          'ce-specversion': '1.0',
          'ce-id': id,
          'ce-source': '/binary/%C3%BC',
          'ce-type': 't',
        },
      });
    expect(await (await send('b')).json()).toMatchObject({ accepted: 1, results: [{ id: 'b', outcome: 'accepted' }] });
    expect(await (await send('b')).json()).toMatchObject({ duplicates: 1 });
    expect(await (await send('%ff')).json()).toMatchObject({
      rejected: 1,
      results: [{ message: expect.stringContaining('ce-id') as string }],
    });
  });

  it('refuses bytes that are not UTF-8 rather than record something else', async () => {
    const body = Buffer.from('{"id":"M\u00fcller","quantities":{"ai_tokens":1}}', 'latin1');
    const headers = { 'content-type': 'application/json' };
    const refused = await call(events, 'events', live, { method: 'POST', body, headers });
    expect(await codeOf(refused)).toEqual({ status: 400, code: 'invalid_encoding' });
    expect(await codeOf(await call(stats, 'stats?mode=%ff', live))).toEqual({ status: 400, code: 'invalid_encoding' });
  });

  it('refuses other media types, broken JSON, too many events and too many bytes', async () => {
    const send = (body: RequestInit['body'], type = 'application/json') =>
      call(events, 'events', live, {
        method: 'POST',
        body,
        headers: { 'content-type': type },
        duplex: 'half',
      } as RequestInit);
    expect(await codeOf(await send('{}', 'text/plain'))).toEqual({ status: 415, code: 'unsupported_media_type' });
    expect(await codeOf(await send('{'))).toEqual({ status: 400, code: 'invalid_json' });
    const many = JSON.stringify(Array.from({ length: 1_001 }, () => event()));
    expect(await codeOf(await send(many))).toEqual({ status: 422, code: 'invalid_request' });
    const large = new Blob(Array.from({ length: 6 }, () => ' '.repeat(1024 * 1024))).stream();
    expect(await codeOf(await send(large))).toEqual({ status: 413, code: 'payload_too_large' });
  });

  it('needs a key with the scope usage:write', async () => {
    expect(await codeOf(await post(events, 'events', readOnly, event()))).toEqual({
      status: 403,
      code: 'missing_scope',
    });
    expect(await codeOf(await post(events, 'events', MISTYPED, event()))).toEqual({
      status: 401,
      code: 'invalid_api_key',
    });
  });

  it('tracks one metric, once per Idempotency-Key', async () => {
    const send = () =>
      call(track, 'track', live, {
        method: 'POST',
        body: JSON.stringify({ metric: 'ai_tokens', quantity: 5 }),
        headers: { 'content-type': 'application/json', 'idempotency-key': 'once' },
      });
    expect(await (await send()).json()).toMatchObject({ accepted: 1 });
    expect(await (await send()).json()).toMatchObject({ accepted: 0, duplicates: 1 });
    expect(await codeOf(await post(track, 'track', live, { metric: 'nothing' }))).toEqual({
      status: 422,
      code: 'invalid_request',
    });
  });
});

describe('reading', () => {
  it.each(Object.entries(READINGS))(
    '%s answers without parameters, and to callers with the scope only',
    async (name, route) => {
      expect((await call(route, name, readOnly)).status).toBe(200);
      expect(await codeOf(await call(route, name, MISTYPED))).toEqual({ status: 401, code: 'invalid_api_key' });
      expect(await codeOf(await call(route, `${name}?colour=red`, readOnly))).toEqual({
        status: 422,
        code: 'invalid_request',
      });
    },
  );

  it('draws thirty days of API calls unless asked for something else', async () => {
    const answer = (await (await call(history, 'history', readOnly)).json()) as { metric: string; points: unknown[] };
    expect(answer).toMatchObject({ metric: 'api_calls', interval: 'day' });
    expect(answer.points).toHaveLength(30);
  });
});

describe('export', () => {
  it('is a file of the events, with no cell that a spreadsheet would execute', async () => {
    const response = await call(exported, 'export?days=2', readOnly);
    expect(response.headers.get('content-type')).toContain('text/csv');
    expect(response.headers.get('content-disposition')).toMatch(
      /^attachment; filename="usage-live-\d{4}-\d\d-\d\d\.csv"$/,
    );
    const lines = (await response.text()).trimEnd().split('\r\n');
    expect(lines).toHaveLength(1 + (await countLive()));
    expect(lines.some((line) => line.includes(`,'=cmd(),`))).toBe(true);
  });

  it('is JSON when asked for, and empty for another organization', async () => {
    const ours = (await (await call(exported, 'export?format=json', readOnly)).json()) as unknown[];
    expect(ours).toHaveLength(await countLive());
    expect(await (await call(exported, 'export?format=json', foreign)).json()).toEqual([]);
  });

  it('answers a problem, not a broken file, for a range that makes no sense', async () => {
    expect(await codeOf(await call(exported, 'export?days=3&hours=3', readOnly))).toEqual({
      status: 422,
      code: 'invalid_request',
    });
  });

  const countLive = async () => {
    const { rows } = await database.pool.query<{ n: number }>(
      'select count(*)::int as n from usage_events where livemode',
    );
    return rows[0]!.n;
  };
});
