import { once } from 'node:events';
import {
  createServer,
  request as send,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { meteredServices } from '@/testing/metered-services';
import { meterNodeHandler } from './meter-node-handler';

/** What a handler saw on the way, which must be the same as well. */
type Seen = unknown[];
type Handler = (request: IncomingMessage, response: ServerResponse, seen: Seen) => void | Promise<void>;

const code = (work: () => unknown): unknown => {
  try {
    work();
    return 'nothing thrown';
  } catch (thrown) {
    return (thrown as { code?: string }).code;
  }
};
const look = ({ headersSent, writableEnded, statusCode }: ServerResponse) => [headersSent, writableEnded, statusCode];
const LONG = 'ü'.repeat(150_000);

const HANDLERS: Record<string, Handler> = {
  'a head and an end': (_request, response) => {
    response.writeHead(201, 'Made', { 'Content-Type': 'text/plain', 'X-Own': ['1', '2'] });
    response.end('ok');
  },
  'an end alone': (_request, response) => void response.end('implicit'),
  'a status and headers set one by one': (_request, response) => {
    response.statusCode = 418;
    response.statusMessage = 'Short and stout';
    response.setHeader('Content-Type', 'text/plain');
    response.end(Buffer.from('tea'));
  },
  'several cookies, set': (_request, response) => {
    response.setHeader('Set-Cookie', ['a=1', 'b=2']);
    response.appendHeader('Set-Cookie', 'c=3');
    response.end();
  },
  'several cookies, in the head': (_request, response) => {
    response.setHeader('X-Before', 'set');
    response.writeHead(200, { 'Set-Cookie': ['a=1', 'b=2'], 'X-Before': 'replaced' });
    response.end('ok');
  },
  'several cookies, in a list': (_request, response) => {
    response.writeHead(200, ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2']);
    response.end('ok');
  },
  'no content': (_request, response) => {
    response.writeHead(204);
    response.end();
  },
  'no content, with a body all the same': (_request, response) => {
    response.statusCode = 204;
    response.end('ignored');
  },
  'not modified': (_request, response) => {
    response.writeHead(304, { ETag: '"7"' });
    response.end('ignored');
  },
  'a declared length': (_request, response) => {
    response.writeHead(200, { 'Content-Length': 5 });
    response.write('he');
    response.end('llo');
  },
  chunks: async (_request, response, seen) => {
    seen.push(look(response));
    response.write('one');
    seen.push(look(response));
    await new Promise((resolve) => setTimeout(resolve, 2));
    response.write('zwei', 'latin1');
    response.end('ü', 'utf8', () => seen.push('ended'));
    seen.push(look(response));
    await once(response, 'close');
  },
  'a stream that is piped': (_request, response) =>
    pipeline(Readable.from(['a', 'b', LONG]), response).catch(() => undefined),
  'the body sent back': (request, response) => pipeline(request, response),
  'the body counted': async (request, response) => {
    let bytes = 0;
    for await (const chunk of request) bytes += (chunk as Buffer).byteLength;
    response.end(String(bytes));
  },
  'headers flushed early': async (_request, response) => {
    response.setHeader('X-Early', '1');
    response.flushHeaders();
    await new Promise((resolve) => setTimeout(resolve, 2));
    response.end('late');
  },
  trailers: (request, response) => {
    if (request.method === 'HEAD') return void response.end();
    response.writeHead(200, { Trailer: 'X-Sum' });
    response.write('body');
    response.addTrailers({ 'X-Sum': '4' });
    response.end();
  },
  'a second head': (_request, response, seen) => {
    response.writeHead(202);
    seen.push(
      look(response),
      code(() => response.writeHead(500)),
    );
    response.end('first');
  },
  'a router that falls back': async (_request, response, seen) => {
    response.end('found');
    await Promise.resolve();
    seen.push(look(response));
    if (!response.headersSent) response.writeHead(404);
    if (!response.writableEnded) response.end('not found');
  },
  'a status after the end': (_request, response, seen) => {
    response.end('done');
    response.statusCode = 500;
    seen.push(code(() => response.writeHead(500)));
  },
  'two ends': (_request, response) => {
    response.end('once');
    response.end();
  },
  'what cannot be sent': (_request, response, seen) => {
    seen.push(code(() => response.writeHead(99)));
    seen.push(code(() => response.writeHead(200, { 'X-Bad': 'a\nb' })));
    seen.push(code(() => response.writeHead(200, { 'bad name': 'a' })));
    seen.push(code(() => response.writeHead(200, { 'X-None': undefined as unknown as string })));
    seen.push(code(() => response.end(5)));
    seen.push(code(() => response.write({})));
    response.end('recovered');
  },
  'a status that is none': (_request, response, seen) => {
    response.statusCode = 0;
    seen.push(code(() => response.end('x')));
    response.statusCode = 200;
    if (!response.writableEnded) response.end('y');
  },
};

const servers: ReturnType<typeof createServer>[] = [];
afterAll(() => {
  for (const server of servers) server.close().closeAllConnections();
});

async function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const OF_THE_MOMENT = /^(?:date|connection|keep-alive)$/;
const OURS = /^(?:x-request-id|x-usage-event-id|ratelimit.*|x-ratelimit-.*)$/;

async function call(port: number, method: string, body?: string) {
  const request = send({ port, host: '127.0.0.1', agent: false, method, headers: { 'x-api-key': 'good' } });
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const headers = response.rawHeaders.flatMap((name, n, raw): [string, string][] =>
    n % 2 === 0 && !OF_THE_MOMENT.test(name.toLowerCase()) ? [[name.toLowerCase(), raw[n + 1]!]] : [],
  );
  const { statusCode: status, statusMessage: reason, trailers } = response;
  const bytes = Buffer.concat(chunks);
  return { status, reason, headers: headers.sort(), trailers, body: bytes.toString('utf8'), bytes: bytes.byteLength };
}

async function both(handler: Handler, method: string, body?: string) {
  const { world, services } = meteredServices();
  const [seenBare, seenWrapped]: [Seen, Seen] = [[], []];
  const bare = await call(await serve((request, response) => void handler(request, response, seenBare)), method, body);
  const metered = meterNodeHandler((request, response) => handler(request, response, seenWrapped), {
    services,
    route: '/things',
  });
  const wrapped = await call(await serve(metered), method, body);
  const headers = wrapped.headers.filter(([name]) => !OURS.test(name));
  return { bare, seenBare, wrapped: { ...wrapped, headers }, seenWrapped, events: world.events };
}

const CALLS: [string, string, string | undefined][] = [
  ...Object.keys(HANDLERS).flatMap((name): [string, string, string | undefined][] => [
    [name, 'GET', undefined],
    [name, 'HEAD', undefined],
    [name, 'POST', 'short'],
  ]),
  // Who reads nothing of a long body may lose the connection on which it still comes.
  ['the body sent back', 'POST', LONG],
  ['the body counted', 'POST', LONG],
];

describe('under node:http, a wrapped handler', () => {
  it.each(CALLS)(
    'answers as the bare one, sees the same, and is recorded as what the caller sees: %s, %s',
    async (name, method, body) => {
      const { bare, seenBare, wrapped, seenWrapped, events } = await both(HANDLERS[name]!, method, body);
      expect(wrapped).toEqual(bare);
      expect(seenWrapped).toEqual(seenBare);
      const requestBytes = Buffer.byteLength(body ?? '');
      expect(events).toMatchObject([{ status: bare.status, method, responseBytes: bare.bytes, requestBytes }]);
    },
  );
});
