import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type ConnectionLimits, limitConnections } from './connection-limits';

/** Longest time the head of a request may take, in ms. */
const HEADERS_MS = 20_000;
/** Longest time in which nothing is read or written on a connection that is in use, in ms. */
const SILENCE_MS = 300_000;

type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

export interface ApplicationServer {
  port: number;
  /** Whom requests go to from now on. */
  serve(handler: Handler): void;
  /** Accepts nothing new and waits until what was accepted is answered, at most `limitMs`. */
  drain(limitMs: number): Promise<void>;
}

/** Answers while the parts behind it are brought up. */
const startingUp: Handler = (_request, response) => {
  response.writeHead(503, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'retry-after': '1',
  });
  response.end('<!doctype html><meta http-equiv="refresh" content="1"><title>Tollgate</title><p>Tollgate is starting…');
};

/**
 * Names the peer as the last hop, so that hops can be counted from the right; and drops headers that only Vercel's edge
 * may set, since nothing here has checked them.
 */
function vouchForPeer(request: IncomingMessage): void {
  const peer = request.socket.remoteAddress ?? '';
  const claimed = request.headers['x-forwarded-for'];
  request.headers['x-forwarded-for'] = claimed ? `${String(claimed)}, ${peer}` : peer;
  for (const name of Object.keys(request.headers)) {
    if (name.startsWith('x-vercel-')) delete request.headers[name];
  }
}

/**
 * Listens before anything else is started: a busy port is known at once, and a free one (`port: 0`) too.
 * @throws Error that names PORT when the port is taken.
 */
export async function openApplicationServer({
  host,
  port,
  connections,
}: {
  host: string;
  port: number;
  connections: ConnectionLimits;
}): Promise<ApplicationServer> {
  let handler = startingUp;
  let draining = false;
  const server = createServer((request, response) => {
    if (!isServed(request.socket)) return;
    vouchForPeer(request);
    // Tells clients that keep connections open to go elsewhere.
    if (draining) response.setHeader('connection', 'close');
    void handler(request, response);
  });
  // Longer than the idle time of common proxies (60 s), which would otherwise meet a connection that we just closed.
  server.keepAliveTimeout = 65_000;
  server.headersTimeout = HEADERS_MS;
  // A reader who has stopped reading, an export's for instance, keeps nothing for longer.
  server.timeout = SILENCE_MS;
  const isServed = limitConnections(server, connections);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const reason =
        cause.code === 'EADDRINUSE'
          ? `Port ${port} of ${host} is taken by another program. Choose another, e.g. PORT=${port + 1} npm start, or PORT=0 for a free one.`
          : `Cannot listen on ${host}:${port}: ${cause.message}. Set HOST and PORT to an address of this machine.`;
      reject(new Error(reason, { cause }));
    });
    server.listen(port, host, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : port,
    serve: (next) => {
      handler = next;
    },
    drain: async (limitMs) => {
      draining = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const sweep = setInterval(() => server.closeIdleConnections(), 50);
      const cut = setTimeout(() => server.closeAllConnections(), limitMs);
      await closed;
      clearInterval(sweep);
      clearTimeout(cut);
    },
  };
}
