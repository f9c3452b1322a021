import { randomBytes, randomInt } from 'node:crypto';
import { z } from 'zod';
import { type DataDir } from '@/config/data-dir';

const FILE = 'secrets.json';

const schema = z.object({
  databasePassword: z.string().min(16),
  jwtSecret: z.string().min(32),
  publishableKey: z.string().min(16),
  secretKey: z.string().min(16),
  cronSecret: z.string().min(16),
  customerPassword: z.string().min(10),
  adminPassword: z.string().min(10),
});
/** What this installation knows and nobody else: made once, on its first start, and never a default. */
export type Secrets = z.output<typeof schema>;

const random = () => randomBytes(24).toString('base64url');

/** A password that is easy to type and not to guess: 16 of 30 letters and digits that look unlike each other, 78 bits. */
function typeablePassword(): string {
  const alphabet = 'abcdefghjkmnpqrstuvwxyz2345679';
  const group = () => Array.from({ length: 4 }, () => alphabet[randomInt(alphabet.length)]).join('');
  return [group(), group(), group(), group()].join('-');
}

/**
 * The secrets of this data directory, made on first use.
 * @throws Error when the file is there but cannot be understood: making new ones would lock us out of the database.
 */
export async function loadSecrets(dataDir: DataDir): Promise<Secrets> {
  const text = await dataDir.readSecret(FILE);
  if (text !== null) {
    try {
      return schema.parse(JSON.parse(text));
    } catch (cause) {
      throw new Error(
        `${dataDir.resolve(FILE)} is damaged: restore it from a backup, or remove the whole folder to begin anew.`,
        { cause },
      );
    }
  }
  const secrets: Secrets = {
    databasePassword: random(),
    jwtSecret: randomBytes(48).toString('base64url'),
    publishableKey: `sb_publishable_${random()}`,
    secretKey: `sb_secret_${random()}`,
    cronSecret: random(),
    customerPassword: typeablePassword(),
    adminPassword: typeablePassword(),
  };
  await dataDir.writeSecret(FILE, `${JSON.stringify(secrets, null, 2)}\n`);
  return secrets;
}
