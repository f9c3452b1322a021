/**
 * `npm start`: Tollgate on one machine. In this order, so that what can be refused is refused early:
 *
 *   environment → DATA_DIR and its lock → port → build → Postgres, schema, sign-in → demo → pages → scheduler
 *
 * and on SIGTERM or SIGINT back again: scheduler → requests finish → events are flushed → pages → sign-in, Postgres → lock.
 * `--dev` serves the pages in development mode, `--no-demo` makes no demo accounts, `--services-only` brings up the
 * database and sign-in alone.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openDataDir, type DataDir } from '@/config/data-dir';
import { acquireExclusiveLock } from '@/config/exclusive-lock';
import { systemClock } from '@/kernel/clock';
import { type ApplicationServer, openApplicationServer } from './application-server';
import { buildApplication } from './build-application';
import { ensureUser } from './embedded-auth';
import { createProgressLine } from './progress-line';
import { startScheduler } from './scheduler';
import { seedDemo } from './seed-demo';
import { loadEnvFiles, localUrl, PROJECT_ROOT, readStandaloneEnv, type StandaloneEnv } from './standalone-env';
import { type StandaloneServices, startServices } from './start-services';
import { onStopRequest } from './stop-signals';
import { type OfferedDemo, welcomeText, writeDemoAccess } from './welcome';

/** Open at once: far more than a machine can serve, and few enough for its file descriptors. */
const CONNECTIONS = { total: 4_096, ofPeer: 256 };
/** Time that requests under way are given to finish, in ms. */
const DRAIN_LIMIT_MS = 15_000;

/** Where the container keeps the services of this process, whoever built them. */
const APPLICATION = Symbol.for('tollgate.services');

const say = (message: string) => console.log(`  ${message}`);

async function ownDataDir(location: string): Promise<{ dataDir: DataDir; release: () => Promise<void> }> {
  const dataDir = await openDataDir(location);
  const attempt = await acquireExclusiveLock(dataDir.path, 'server');
  if (!attempt.acquired) {
    const who = attempt.heldBy.pid === null ? '' : ` (process ${attempt.heldBy.pid})`;
    throw new Error(
      `Tollgate is already running on ${dataDir.path}${who}. Stop it first, or start this one with another DATA_DIR and PORT.`,
    );
  }
  return { dataDir, release: () => attempt.lock.release() };
}

/** Late, when NODE_ENV is set. The container imports parts of Next, which expect this global that Next's server makes. */
async function loadContainer() {
  Object.assign(globalThis, { AsyncLocalStorage });
  return import('@/container');
}

/** The demo stands in databases of our own only; sign-in elsewhere means people elsewhere. */
async function offerDemo(services: StandaloneServices, dataDir: DataDir, url: string): Promise<OfferedDemo | null> {
  const { auth, secrets, ownsDatabase } = services;
  if (!auth || !ownsDatabase) return null;
  const { services: application } = await loadContainer();
  try {
    const { demo, isNew } = await seedDemo({
      dataDir,
      secrets,
      clock: systemClock,
      ensureUser: (account) => ensureUser(auth, account),
      openServices: application,
      onProgress: createProgressLine('Making a demo organization with 90 days of history'),
    });
    const admins = [process.env.ADMIN_USER_IDS, demo.adminUserId].filter(Boolean).join(',');
    Object.assign(process.env, { ADMIN_USER_IDS: admins });
    return { access: await writeDemoAccess(dataDir, { url, demo, secrets }), isNew };
  } finally {
    // Next evaluates these modules anew and must build its own, or an error of one would be a stranger to the other.
    await application().close();
  }
}

interface Flags {
  dev: boolean;
  servicesOnly: boolean;
  demo: boolean;
}

interface Pages {
  close(): Promise<void>;
}

async function startPages(server: ApplicationServer, { dev, host }: { dev: boolean; host: string }): Promise<Pages> {
  const { manageShutdown } = await loadContainer();
  manageShutdown();
  const { default: createNext } = await import('next');
  const next = createNext({ dev, dir: PROJECT_ROOT, hostname: host, port: server.port });
  await next.prepare();
  const handle = next.getRequestHandler();
  const { refuseUnreadable } = await import('./refuse-unreadable');
  server.serve((request, response) => {
    const refused = refuseUnreadable(request);
    if (!refused) return handle(request, response);
    response.writeHead(refused.status, refused.headers).end(refused.body);
  });
  return {
    close: async () => {
      await (globalThis as { [APPLICATION]?: Pages })[APPLICATION]?.close();
      await next.close();
    },
  };
}

/** What is up, in the order in which it came up; it goes down in the order of `stop`. */
class Installation {
  release?: () => Promise<void>;
  server?: ApplicationServer;
  services?: StandaloneServices;
  pages?: Pages;
  scheduler?: { stop(): void };
  private stopping?: Promise<void>;

  stop(): Promise<void> {
    return (this.stopping ??= this.takeDown());
  }

  private async takeDown(): Promise<void> {
    this.scheduler?.stop();
    await this.server?.drain(DRAIN_LIMIT_MS);
    // Flushes events into the database, so before it goes.
    await this.pages?.close();
    await this.services?.stop();
    await this.release?.();
  }
}

async function start(flags: Flags, settings: StandaloneEnv, up: Installation) {
  const startedAtMs = performance.now();
  const { env, databaseUrl, supabaseUrl } = settings;
  const { dataDir, release } = await ownDataDir(env.DATA_DIR);
  up.release = release;
  const server = (up.server = await openApplicationServer({
    host: env.HOST,
    port: env.PORT,
    connections: {
      total: CONNECTIONS.total,
      // A proxy's connections are its callers'.
      ofPeer: env.TRUSTED_PROXY_HOPS > 0 ? null : CONNECTIONS.ofPeer,
    },
  }));
  const url = process.env.APP_URL || localUrl(env.HOST, server.port);
  if (!flags.dev && !flags.servicesOnly) await buildApplication(PROJECT_ROOT, say);

  const services = (up.services = await startServices({
    dataDir,
    root: PROJECT_ROOT,
    appUrl: url,
    databaseUrl,
    supabaseUrl,
    deliversMail: env.SMTP_URL !== undefined,
    report: say,
  }));
  // However this process ends, unless by kill -9, Postgres ends with it.
  process.once('exit', () => services.abandon());
  const cronSecret = env.CRON_SECRET ?? services.secrets.cronSecret;
  Object.assign(process.env, services.environment, {
    CRON_SECRET: cronSecret,
    APP_URL: url,
    DATA_DIR: dataDir.path,
    HOST: env.HOST,
    PORT: String(server.port),
    NEXT_TELEMETRY_DISABLED: '1',
  });
  const demo = flags.demo ? await offerDemo(services, dataDir, url) : null;

  if (!flags.servicesOnly) {
    up.pages = await startPages(server, { dev: flags.dev, host: env.HOST });
    up.scheduler = await startScheduler({
      configPath: join(PROJECT_ROOT, 'vercel.json'),
      baseUrl: localUrl(env.HOST, server.port),
      secret: cronSecret,
      report: say,
    });
  }
  console.log(welcomeText({ url, demo, dataDir, startedInMs: performance.now() - startedAtMs }));
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      dev: { type: 'boolean', default: false },
      'services-only': { type: 'boolean', default: false },
      'no-demo': { type: 'boolean', default: false },
    },
  });
  // Whoever reads our output may go away (`npm start | head`): what cannot be said must not stop the server, nor be reported.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  loadEnvFiles(PROJECT_ROOT);
  // Set before anything of React is loaded, which picks its build by it.
  Object.assign(process.env, { NODE_ENV: values.dev ? 'development' : 'production' });
  const up = new Installation();
  onStopRequest(async (reason) => {
    say(`Stopping (${reason}) …`);
    await up.stop();
    say('Stopped.');
  });
  try {
    await start(
      { dev: values.dev, servicesOnly: values['services-only'], demo: !values['no-demo'] },
      readStandaloneEnv(process.env),
      up,
    );
  } catch (error) {
    await up.stop();
    throw error;
  }
}

main().catch((error: unknown) => {
  console.error(`\n${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
