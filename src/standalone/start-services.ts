/**
 * Brings up what the application needs and the environment does not name, in this order: Postgres, the schema, sign-in.
 * The answer is the environment for the application: from there on nothing knows whether a part is embedded or not.
 */
import { Client } from 'pg';
import { type DataDir } from '@/config/data-dir';
import { createPool } from '@/db';
import { systemClock } from '@/kernel/clock';
import { createMailer } from '@/notifications';
import { type AuthOptions, readAuthSql, startEmbeddedAuth } from './embedded-auth';
import { startEmbeddedPostgres } from './embedded-postgres';
import { migrateDatabase } from './migrate-database';
import { prepareDatabase } from './prepare-database';
import { loadSecrets, type Secrets } from './secrets';
import { chooseServiceAddresses } from './service-addresses';

export interface StandaloneServices {
  /** Variables of the parts that are embedded; the application needs nothing else than these and its own. */
  environment: Record<string, string>;
  secrets: Secrets;
  /** How to reach sign-in without the network; null where SUPABASE_URL names another. */
  auth: AuthOptions | null;
  /** Whether the database is ours: only then it is filled with a demo. */
  ownsDatabase: boolean;
  stop(): Promise<void>;
  /** For a process that is about to end: see EmbeddedPostgres. */
  abandon(): void;
}

interface StartOptions {
  dataDir: DataDir;
  /** Folder of the project: migrations and templates are read from it. */
  root: string;
  appUrl: string;
  /** The DATABASE_URL that was set; undefined: bring one. */
  databaseUrl: string | undefined;
  /** The SUPABASE_URL that was set; undefined: bring sign-in. */
  supabaseUrl: string | undefined;
  /** Whether mail can be delivered, so that addresses can be confirmed. */
  deliversMail: boolean;
  report: (message: string) => void;
}

async function prepareSchema(url: string, root: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await prepareDatabase(client, await readAuthSql());
  } finally {
    await client.end();
  }
  await migrateDatabase(url, root);
}

/** @throws Error that says what to do; what was started by then is stopped again. */
export async function startServices(options: StartOptions): Promise<StandaloneServices> {
  const { dataDir, root, appUrl, databaseUrl, supabaseUrl, deliversMail, report } = options;
  const secrets = await loadSecrets(dataDir);
  const addresses = await chooseServiceAddresses(dataDir);
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const stopPart of stops.splice(0).reverse()) await stopPart();
  };
  try {
    const postgres =
      databaseUrl === undefined
        ? await startEmbeddedPostgres({
            dataDir,
            password: secrets.databasePassword,
            port: addresses.postgresPort,
            report,
          })
        : null;
    if (postgres) stops.push(() => postgres.stop());
    const url = postgres?.url('postgres') ?? databaseUrl!;
    // A Supabase project brings its own roles, and its owner decides when to migrate it.
    if (postgres || supabaseUrl === undefined) await prepareSchema(url, root);

    const abandon = () => postgres?.abandon();
    const environment: Record<string, string> = { DATABASE_URL: url };
    if (supabaseUrl !== undefined) {
      return { environment, secrets, auth: null, ownsDatabase: postgres !== null, stop, abandon };
    }
    const pool = createPool({
      connectionString: url,
      max: 1,
      applicationName: 'tollgate-auth-mail',
      onError: () => undefined,
    });
    stops.push(() => pool.end());
    // Only into the outbox: the application delivers what stands there.
    const mailer = createMailer({ pool, transport: null, from: '', clock: systemClock });
    const auth: AuthOptions = {
      databaseUrl: url,
      appUrl,
      root,
      jwtSecret: secrets.jwtSecret,
      publishableKey: secrets.publishableKey,
      secretKey: secrets.secretKey,
      confirmations: deliversMail,
      sendMail: (message) => mailer.send(message),
    };
    const server = await startEmbeddedAuth({ ...auth, port: addresses.authPort });
    stops.push(() => server.stop());
    Object.assign(environment, {
      SUPABASE_URL: server.url,
      SUPABASE_ANON_KEY: secrets.publishableKey,
      SUPABASE_JWT_SECRET: secrets.jwtSecret,
    });
    return { environment, secrets, auth, ownsDatabase: postgres !== null, stop, abandon };
  } catch (error) {
    await stop();
    throw error;
  }
}
