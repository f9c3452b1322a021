import { z } from 'zod';
import { type Services } from '@/http';
import { meteredServices } from '@/testing/metered-services';
import { createRoute } from './create-route';
import { declaredOperations } from './declared-operations';

const ID = '0000000A-0000-4000-8000-000000000001';

function setUp() {
  const { world, services } = meteredServices();
  const made = { ...services, env: { APP_URL: 'https://api.example.com', CRON_SECRET: 'secret' } } as Services;
  return { world, route: createRoute(() => made) };
}

function things() {
  const { world, route } = setUp();
  const handler = jest.fn((call: { params: { id: string }; query: { n: number }; body: { name: string } }) => ({
    said: [call.params.id, call.query.n, call.body.name].join(' '),
  }));
  const POST = route(
    {
      id: 'makeThing',
      tag: 'Things',
      summary: 'Make a thing',
      caller: 'key',
      scope: 'summaries:write',
      params: z.object({ id: z.uuid().toLowerCase() }),
      query: z.strictObject({ n: z.coerce.number().int() }),
      headers: z.object({ 'X-Kind': z.enum(['a', 'b']).optional() }),
      body: { schema: z.strictObject({ name: z.string() }), example: { name: 'x' } },
      answer: { status: 201, says: 'The thing.', schema: z.object({ said: z.string() }) },
    },
    handler,
  );
  const send = ({ id = ID, query = '?n=3', key = 'good', body = '{"name":"x"}', kind = 'a' } = {}) =>
    POST(
      new Request(`https://api.example.com/things/${id}${query}`, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', 'x-api-key': key, 'x-kind': kind },
      }),
      { params: Promise.resolve({ id }) },
    );
  return { world, handler, POST, send };
}

describe('a declared route', () => {
  it('gives its handler what the schemas make of a call, and answers with the declared status, for this caller only', async () => {
    const { world, send } = things();
    const response = await send();
    expect([response.status, await response.json()]).toEqual([201, { said: `${ID.toLowerCase()} 3 x` }]);
    expect(response.headers.get('cache-control')).toBe('private, no-store');
    expect(world.events).toMatchObject([{ status: 201, apiKeyId: 'key' }]);
  });

  it.each([
    ['a path', { id: 'no-id' }, 422, 'invalid_request'],
    ['a query', { query: '?n=3&m=4' }, 422, 'invalid_request'],
    ['a header', { kind: 'c' }, 422, 'invalid_request'],
    ['a body', { body: '{"name":5}' }, 422, 'invalid_request'],
    ['JSON', { body: '{' }, 400, 'invalid_json'],
    ['a caller', { key: 'bad' }, 401, 'invalid_api_key'],
  ])('refuses %s that its declaration does not have, before the handler', async (_what, given, status, code) => {
    const { handler, send } = things();
    const response = await send(given);
    expect([response.status, await response.json()]).toMatchObject([status, { code }]);
    expect(handler).not.toHaveBeenCalled();
  });

  it('of the scheduler wants its secret, and answers nothing with the declared status', async () => {
    const { route } = setUp();
    const declaration = { id: 'tidy', tag: 'Scheduler', summary: 'Tidy up', caller: 'scheduler' } as const;
    const GET = route({ ...declaration, answer: { status: 204, says: 'It is tidy.' } }, () => undefined);
    const call = (secret: string) =>
      GET(new Request('https://api.example.com/tidy', { headers: { authorization: `Bearer ${secret}` } }), {
        params: Promise.resolve({}),
      });
    expect([(await call('guess')).status, (await call('secret')).status]).toEqual([401, 204]);
  });

  it('carries its declaration, so that the documentation can be made of it', () => {
    const { POST } = things();
    const modules = { '/api/v1/things/{id}': { POST, dynamic: 'force-dynamic', helper: () => undefined } };
    expect(declaredOperations(modules)).toEqual([{ ...POST.declaration, path: '/api/v1/things/{id}', method: 'post' }]);
  });
});
