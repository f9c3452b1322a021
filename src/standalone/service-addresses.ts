import { z } from 'zod';
import { type DataDir } from '@/config/data-dir';
import { findFreePort } from './free-port';

const FILE = 'services.json';

const schema = z.object({ postgresPort: z.int(), authPort: z.int() });
/** The loopback ports of the embedded parts. */
export type ServiceAddresses = z.output<typeof schema>;

/**
 * The ports of the last start where they are still free, else new ones: an address that stays the same keeps open
 * database tools and signed-in people connected.
 */
export async function chooseServiceAddresses(dataDir: DataDir): Promise<ServiceAddresses> {
  const text = await dataDir.readSecret(FILE);
  const last = schema.safeParse(text === null ? null : parseJson(text)).data;
  const addresses = {
    postgresPort: await findFreePort({ preferred: last?.postgresPort }),
    authPort: await findFreePort({ preferred: last?.authPort }),
  };
  await dataDir.writeSecret(FILE, `${JSON.stringify(addresses)}\n`);
  return addresses;
}

/** The ports of the server that runs on this data directory now, or ran last; null before the first start. */
export async function readServiceAddresses(dataDir: DataDir): Promise<ServiceAddresses | null> {
  const text = await dataDir.readSecret(FILE);
  return text === null ? null : (schema.safeParse(parseJson(text)).data ?? null);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
