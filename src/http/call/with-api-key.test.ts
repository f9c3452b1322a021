import { AppError } from '@/kernel/errors';
import { CALLS } from '@/metering/contracts';
import { meteredRoute, settle, slowBody } from '@/testing/metered-route';

describe('a metered route', () => {
  it('answers, and has made exactly one event that says all there is to say', async () => {
    const { world, call } = meteredRoute(
      async (_request, { meter, principal }) => {
        meter.add('ai_tokens', 800);
        meter.add('ai_tokens', 12);
        return Response.json({ key: principal.apiKeyId }, { status: 201, headers: { 'x-own': 'kept' } });
      },
      { scope: 'summaries:write', metrics: { documents: 2 } },
    );
    const response = await call({
      url: 'https://api.example.com/v1/documents/42?secret=1',
      params: { id: '42' },
      method: 'POST',
      body: 'héllo',
      headers: { 'content-length': '6', 'user-agent': 'a'.repeat(600), 'x-request-id': 'caller-1' },
    });
    expect([response.status, response.headers.get('x-own'), await response.json()]).toEqual([
      201,
      'kept',
      { key: 'key' },
    ]);
    expect(response.headers.get('x-request-id')).toBe('caller-1');
    expect(world.events).toEqual([
      {
        id: response.headers.get('x-usage-event-id'),
        organizationId: 'organization',
        source: CALLS,
        occurredAtMs: 1_700_000_000_000,
        livemode: false,
        apiKeyId: 'key',
        route: '/v1/documents/{id}',
        method: 'POST',
        status: 201,
        durationUs: expect.any(Number) as number,
        requestBytes: 6,
        responseBytes: 13,
        userAgent: 'a'.repeat(512),
        ip: '203.0.113.0',
        country: 'DE',
        errorCode: null,
        quantities: { api_calls: 1, documents: 2, ai_tokens: 812 },
      },
    ]);
  });

  it('gives each event an id of its own, whatever the caller calls the request', async () => {
    const { world, call } = meteredRoute(async () => new Response(null, { status: 204 }));
    await call({ headers: { 'x-request-id': 'same' } });
    await call({ headers: { 'x-request-id': 'same' } });
    expect(new Set(world.events.map((event) => event.id)).size).toBe(2);
    expect(world.events[0]?.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('records a handler that throws as its 500, and tells the caller nothing of the inside', async () => {
    const { world, call } = meteredRoute(async () => {
      throw new Error('password of the database');
    });
    const response = await call();
    const text = await response.text();
    expect([response.status, text.includes('password')]).toEqual([500, false]);
    expect(world.events).toMatchObject([{ status: 500, errorCode: 'internal', responseBytes: text.length }]);
  });

  it('records an AppError with its status and code, thrown or returned', async () => {
    const thrown = meteredRoute(async () => {
      throw new AppError('not_found', 'No such document.');
    });
    expect((await thrown.call()).status).toBe(404);
    expect(thrown.world.events).toMatchObject([{ status: 404, errorCode: 'not_found' }]);
    const returned = meteredRoute(async () => Response.json({ code: 'quota_exceeded' }, { status: 429 }));
    await returned.call();
    expect(returned.world.events).toMatchObject([{ status: 429, errorCode: 'quota_exceeded' }]);
  });

  it.each([
    ['an unknown key', { key: 'bad' }, 401, 'invalid_api_key'],
    ['a missing scope', {}, 403, 'missing_scope'],
  ])('refuses %s before the handler, and counts nothing', async (_what, init, status, code) => {
    const { world, call } = meteredRoute(async () => Response.json({}), { scope: 'other:write' });
    const response = await call(init);
    expect([response.status, await response.json(), world.events]).toMatchObject([status, { code }, []]);
  });

  it('refuses an address outside the rule of the key', async () => {
    const { world, call } = meteredRoute(async () => Response.json({}));
    world.allowsIp = false;
    expect((await call()).status).toBe(403);
    expect(world.events).toEqual([]);
  });

  it('does not run the handler while usage cannot be kept', async () => {
    let ran = false;
    const { world, call } = meteredRoute(async () => {
      ran = true;
      return Response.json({});
    });
    world.accepting = false;
    expect([(await call()).status, ran]).toEqual([503, false]);
  });

  it('answers 503 and nothing of the handler if the event could not be kept', async () => {
    const { world, call } = meteredRoute(async () => Response.json({ precious: true }));
    world.refusal = new AppError('usage_not_recorded', 'ENOSPC');
    const response = await call();
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ code: 'usage_not_recorded' });
  });

  it('does not let the answer leave before the event is kept', async () => {
    const { world, call } = meteredRoute(async () => Response.json({}));
    let keep = () => undefined as void;
    world.kept = new Promise((resolve) => (keep = resolve));
    let answered = false;
    const answer = call().then(() => (answered = true));
    await settle();
    expect(answered).toBe(false);
    keep();
    await answer;
  });

  it('keeps status and bytes of answers without a body', async () => {
    const { world, call } = meteredRoute(async () => new Response(null, { status: 204 }));
    expect((await call()).status).toBe(204);
    expect(world.events).toMatchObject([{ status: 204, responseBytes: 0 }]);
  });

  it('leaves headers of frozen answers in place', async () => {
    const { world, call } = meteredRoute(async () => Response.redirect('https://example.com/there', 303));
    const response = await call();
    expect([response.status, response.headers.get('location')]).toEqual([303, 'https://example.com/there']);
    expect(world.events).toMatchObject([{ status: 303 }]);
  });

  it('refuses a metric that could not be counted, in the options and in the handler', async () => {
    expect(() => meteredRoute(async () => Response.json({}), { metrics: { api_calls: -1 } })).toThrow(TypeError);
    expect(() => meteredRoute(async () => Response.json({}), { metrics: { 'Not a key': 1 } })).toThrow(TypeError);
    for (const bad of [Number.NaN, Infinity, -1, '5' as unknown as number]) {
      const { world, call } = meteredRoute(async (_request, { meter }) => {
        meter.add('ai_tokens', bad);
        return Response.json({});
      });
      await call();
      expect(world.events).toMatchObject([{ status: 500, quantities: { api_calls: 1 } }]);
    }
  });

  it('refuses a metric that is not in the catalogue: the store could not keep the event', async () => {
    const handler = jest.fn(async () => Response.json({}));
    const misnamed = meteredRoute(handler, { metrics: { no_such_metric: 1 } });
    expect((await misnamed.call()).status).toBe(500);
    expect(handler).not.toHaveBeenCalled();
    const { world, call } = meteredRoute(async (_request, { meter }) => {
      meter.add('no_such_metric', 1);
      return Response.json({});
    });
    expect((await call()).status).toBe(500);
    expect(world.events).toMatchObject([{ status: 500, quantities: { api_calls: 1 } }]);
  });

  it('counts no call where the options say so', async () => {
    const { world, call } = meteredRoute(async () => Response.json({}), { metrics: { api_calls: 0 } });
    await call();
    expect(world.events).toMatchObject([{ quantities: { api_calls: 0 } }]);
  });
});

describe('a metered request', () => {
  it('of a caller who has left is recorded as 499', async () => {
    const abort = new AbortController();
    const { world, call } = meteredRoute(async () => {
      abort.abort();
      return Response.json({});
    });
    await call({ signal: abort.signal });
    expect(world.events).toMatchObject([{ status: 499, responseBytes: 0, errorCode: 'client_closed' }]);
  });

  it('has its streamed body counted as far as it was read, and handed on whole', async () => {
    const { world, call } = meteredRoute(async (request) => Response.json({ length: (await request.text()).length }));
    const response = await call({ method: 'POST', body: slowBody(['12345', '67890']), duplex: 'half' });
    expect(await response.json()).toEqual({ length: 10 });
    expect(world.events).toMatchObject([{ requestBytes: 10 }]);
    const ignoring = meteredRoute(async (request) => Response.json({ type: request.headers.get('content-type') }));
    await ignoring.call({ method: 'POST', body: slowBody(['12345']), duplex: 'half' });
    expect(ignoring.world.events).toMatchObject([{ requestBytes: 0 }]);
  });
});
