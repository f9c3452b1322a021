// The server of the next-route benchmark: bench/next-app in production mode, as src/standalone runs the product.

import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import next from 'next';
import { reportToParent } from './server-process';

async function main(): Promise<void> {
  const app = next({ dev: false, dir: resolve('bench/next-app'), hostname: '127.0.0.1' });
  await app.prepare();
  const handle = app.getRequestHandler();
  const server = createServer((request, response) => {
    request.headers['x-forwarded-for'] = request.socket.remoteAddress ?? '';
    void handle(request, response);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  reportToParent((server.address() as AddressInfo).port, {
    close: async () => {
      server.closeAllConnections();
      server.close();
      await app.close();
    },
  });
}

void main();
