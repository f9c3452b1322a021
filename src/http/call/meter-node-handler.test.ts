import { once } from 'node:events';
import { createServer, request as send, type IncomingMessage, type RequestOptions, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { pino } from 'pino';
import { type UsageEvent } from '@/metering/contracts';
import { createCountingRateLimiter, createPoolGate } from '@/testing/limit-doubles';
import { AppError } from '@/kernel/errors';
import { createClientReader } from '../origin/client-reader';
import { meterNodeHandler, type NodeHandler } from './meter-node-handler';
import { type Services } from '../services';

let server: Server | undefined;
afterEach(async () => {
  server?.closeAllConnections();
  if (server) await new Promise((resolve) => server?.close(resolve));
  server = undefined;
});

async function setUp(handler: NodeHandler) {
  const world = { events: [] as UsageEvent[], refusal: null as AppError | null, kept: Promise.resolve() };
  const principal = { kind: 'api_key', organizationId: 'organization', apiKeyId: 'key', livemode: true, scopes: ['*'] };
  const services = {
    env: { APP_URL: 'https://api.example.com' },
    quotaGate: createPoolGate().gate,
    rateLimiter: createCountingRateLimiter().rateLimiter,
    log: pino({ level: 'silent' }),
    clock: { now: () => new Date() },
    originOf: createClientReader({
      onVercel: false,
      trustedProxyHops: 0,
      retention: 'full',
      countryOf: () => null,
    }),
    metricCatalogue: { all: async () => new Map(), isKnown: () => true },
    apiKeyVerifier: {
      verify: (key: string) =>
        key === 'good' ? { ok: true, principal, allowsIp: () => true } : { ok: false, code: 'invalid_api_key' },
    },
    usageTracker: {
      assertAccepting: () => undefined,
      async record(event: UsageEvent) {
        await world.kept;
        if (world.refusal) throw world.refusal;
        world.events.push(event);
      },
    },
  } as unknown as Services;
  server = createServer(meterNodeHandler(handler, { services, route: '/v1/things' }));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  const call = async (options: RequestOptions & { body?: string; key?: string } = {}) => {
    const { body, key = 'good', headers, ...rest } = options;
    const request = send({ port, host: '127.0.0.1', agent: false, headers: { 'x-api-key': key, ...headers }, ...rest });
    request.end(body);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    let text = '';
    for await (const chunk of response) text += String(chunk);
    return { status: response.statusCode, headers: response.headers, text };
  };
  return { world, call, port };
}

const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
};

describe('a metered node:http handler', () => {
  it('sends its own headers beside those of the handler, and in place of those that bear their names', async () => {
    const { call } = await setUp((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/plain', 'X-Request-Id': 'forged', 'set-cookie': ['a=1', 'b=2'] });
      response.end('ok');
    });
    // A caller's id that reads like a header's name does not push that header out.
    const { headers, text } = await call({ headers: { 'x-request-id': 'content-type' } });
    expect(headers).toMatchObject({
      'content-type': 'text/plain',
      'x-request-id': 'content-type',
      'set-cookie': ['a=1', 'b=2'],
      'ratelimit-policy': expect.stringMatching(/^"organization";q=\d+;w=60$/) as unknown,
      'x-usage-event-id': expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown,
    });
    expect(text).toBe('ok');
  });

  it('answers as the handler would, and has made exactly one event', async () => {
    const { world, call } = await setUp(async (request, response, { meter, principal }) => {
      meter.add('ai_tokens', 5);
      request.resume();
      await once(request, 'end');
      response.writeHead(201, { 'content-type': 'text/plain' });
      response.write('hé');
      response.end(principal.apiKeyId);
    });
    const { status, headers, text } = await call({ method: 'POST', body: 'x'.repeat(100_000) });
    expect([status, headers['content-type'], text]).toEqual([201, 'text/plain', 'hékey']);
    expect(world.events).toMatchObject([
      {
        id: headers['x-usage-event-id'],
        organizationId: 'organization',
        apiKeyId: 'key',
        route: '/v1/things',
        method: 'POST',
        status: 201,
        requestBytes: 100_000,
        responseBytes: 6,
        ip: '127.0.0.1',
        errorCode: null,
        quantities: { api_calls: 1, ai_tokens: 5 },
      },
    ]);
  });

  it('takes the address from the socket, not from what the caller wrote', async () => {
    const { world, call } = await setUp((_request, response) => void response.end());
    await call({ headers: { 'x-forwarded-for': '6.6.6.6' } });
    expect(world.events).toMatchObject([{ ip: '127.0.0.1' }]);
  });

  it.each([
    [
      'at once',
      () => {
        throw new Error('secret');
      },
    ],
    [
      'later',
      async () => {
        await Promise.resolve();
        throw new Error('secret');
      },
    ],
    [
      'after it prepared an answer',
      (_request, response) => {
        response.writeHead(200, { 'content-length': '3' });
        throw new Error('secret');
      },
    ],
  ] satisfies [string, NodeHandler][])('records a handler that throws %s as its 500', async (_when, handler) => {
    const { world, call } = await setUp(handler);
    const { status, text } = await call();
    expect([status, text.includes('secret')]).toEqual([500, false]);
    expect(world.events).toMatchObject([
      { status: 500, errorCode: 'internal', responseBytes: Buffer.byteLength(text) },
    ]);
  });

  it('records an AppError with its status and code', async () => {
    const { world, call } = await setUp(() => {
      throw new AppError('not_found', 'No such thing.');
    });
    const { status, text } = await call();
    expect([status, JSON.parse(text)]).toMatchObject([404, { code: 'not_found' }]);
    expect(world.events).toMatchObject([{ status: 404, errorCode: 'not_found' }]);
  });

  it('refuses an unknown key before the handler, and counts nothing', async () => {
    const { world, call } = await setUp((_request, response) => void response.end('secret'));
    const { status, headers } = await call({ key: 'bad' });
    expect([status, headers['content-type'], world.events]).toEqual([401, 'application/problem+json', []]);
  });

  it('answers 503 and nothing of the handler if the event could not be kept', async () => {
    const { world, call } = await setUp((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain', 'content-length': '8' });
      response.end('precious');
    });
    world.refusal = new AppError('usage_not_recorded', 'ENOSPC');
    const { status, text } = await call();
    expect([status, JSON.parse(text)]).toMatchObject([503, { code: 'usage_not_recorded' }]);
  });

  it('breaks an answer off that had begun when the event could not be kept', async () => {
    const { world, call } = await setUp((_request, response) => {
      response.write('one');
      setTimeout(() => response.end('two'), 20);
    });
    world.refusal = new AppError('usage_not_recorded', 'ENOSPC');
    await expect(call()).rejects.toThrow();
  });

  it('does not let the end leave before the event is kept', async () => {
    const { world, call } = await setUp((_request, response) => void response.end('done'));
    let keep = () => undefined as void;
    world.kept = new Promise((resolve) => (keep = resolve));
    let answered = false;
    const answer = call().then(() => (answered = true));
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(answered).toBe(false);
    keep();
    await answer;
  });

  it('records 499 with the bytes in both directions if the caller hangs up half-way', async () => {
    const { world, port } = await setUp((request, response) => {
      request.resume();
      response.write('12345');
    });
    const socket = connect(port, '127.0.0.1');
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nX-API-Key: good\r\nContent-Length: 1000\r\n\r\n1234567');
    await once(socket, 'data');
    socket.destroy();
    await until(() => world.events.length > 0);
    expect(world.events).toMatchObject([{ status: 499, requestBytes: 7, responseBytes: 5 }]);
  });

  it('counts one event for each of many requests on one connection', async () => {
    const { world, port } = await setUp((_request, response) => void response.end('ok'));
    const socket = connect(port, '127.0.0.1');
    let received = '';
    socket.on('data', (data: Buffer) => (received += data.toString()));
    socket.write('GET / HTTP/1.1\r\nHost: x\r\nX-API-Key: good\r\n\r\n'.repeat(20));
    await until(() => received.split('HTTP/1.1 200 OK').length === 21);
    socket.destroy();
    expect(new Set(world.events.map((event) => event.id)).size).toBe(20);
  });
});
