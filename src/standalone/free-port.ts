import { createServer } from 'node:net';

function tryPort(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(port, host, () => {
      const address = probe.address();
      const bound = typeof address === 'object' && address ? address.port : 0;
      probe.close(() => resolve(bound));
    });
  });
}

/** A port of `host` that nothing listens on at this moment: `preferred` if it is such a one. */
export async function findFreePort({ host = '127.0.0.1', preferred = 0 }: { host?: string; preferred?: number } = {}) {
  return tryPort(host, preferred).catch(() => tryPort(host, 0));
}
