// The server of the node-handler benchmark: one handler, bare at /bare, metered at /metered, and at /waiting bare but for a
// journal of its own that every answer waits for.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { manageShutdown, services } from '../src/container';
import { meterNodeHandler } from '../src/http';
import { openUsageJournal } from '../src/metering';
import { reportToParent } from './server-process';

/** As long as the record of a usage event. */
const PAYLOAD = 'x'.repeat(400);

const answer = (request: IncomingMessage, response: ServerResponse): void => {
  const body = JSON.stringify({ ok: true, path: request.url });
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
};

async function main(): Promise<void> {
  manageShutdown();
  const built = services();
  await built.start();
  const { env, clock, log } = built;
  const journal = await openUsageJournal({ path: join(env.DATA_DIR, 'waiting'), clock, log });
  const routes: Record<string, (request: IncomingMessage, response: ServerResponse) => void> = {
    '/bare': answer,
    '/metered': meterNodeHandler(answer, { services: built, route: '/metered' }),
    '/waiting': (request, response) => void journal.append(PAYLOAD).durable.then(() => answer(request, response)),
  };
  const server = createServer((request, response) => routes[request.url ?? '']?.(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  reportToParent((server.address() as AddressInfo).port, {
    finishWork: () => built.usageTracker.flush(),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await journal.close();
      await built.close();
    },
  });
}

void main();
