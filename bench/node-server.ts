// The server of the node-handler benchmark: one handler, bare at /bare and metered at /metered.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { manageShutdown, services } from '../src/container';
import { meterNodeHandler } from '../src/http';
import { reportToParent } from './server-process';

const answer = (request: IncomingMessage, response: ServerResponse): void => {
  const body = JSON.stringify({ ok: true, path: request.url });
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
};

async function main(): Promise<void> {
  manageShutdown();
  await services().start();
  const metered = meterNodeHandler(answer, { services: services(), route: '/metered' });
  const server = createServer((request, response) =>
    request.url === '/bare' ? answer(request, response) : metered(request, response),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  reportToParent((server.address() as AddressInfo).port, async () => {
    server.closeAllConnections();
    server.close();
    await services().close();
  });
}

void main();
