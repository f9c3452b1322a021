/**
 * The composition root: every service of the program, built once, on first use, from the environment. A builder takes
 * what it needs from the same object, so the order of building follows from use, and closing goes the other way round.
 */
import { after } from 'next/server';
import { pino } from 'pino';
import {
  createAccessTokenVerifier,
  createAuditLog,
  createInvitationService,
  createKnownDevices,
  createMemberService,
  createOrganizationService,
  createSessionService,
} from '@/accounts';
import { openDataDir } from '@/config/data-dir';
import { env as readEnv, type Env } from '@/config/env';
import { createDatabaseListener, createPool, createPrismaClient } from '@/db';
import {
  createClientReader,
  createCountryDatabase,
  createAuthRoutes,
  createIdempotencyStore,
  createPageSession,
  createPreparePage,
  createSupabaseServer,
  createRoute,
  createWithApiKey,
  createWithSession,
  retainedIp,
  type Services,
  limitInvitations,
  limitKeyCreation,
} from '@/http';
import { newId } from '@/kernel/ids';
import { createApiKeyService, createApiKeyStore, createApiKeyVerifier, createKeyChanges } from '@/keys';
import {
  createLabelStore,
  createUsageMaintenance,
  createUsageReports,
  createUsageRetention,
  createUsageStore,
  createUsageTracker,
  openUsageJournal,
} from '@/metering';
import { BILLING_BUILDERS } from './container-billing';
import { INSIGHT_BUILDERS } from './container-insight';
import { LIMIT_BUILDERS } from './container-limits';
import { NOTIFICATION_BUILDERS } from './container-notifications';
import { REPORT_BUILDERS } from './container-reports';
import { assertStarted, type Builders, type Ground, monotonicMs, type Part, type Parts } from './container-parts';

const POOL_SIZE = 10;

const BUILDERS: Builders<Part> = {
  ...LIMIT_BUILDERS,
  ...NOTIFICATION_BUILDERS,
  ...BILLING_BUILDERS,
  ...INSIGHT_BUILDERS,
  ...REPORT_BUILDERS,
  pool: ({ env, log }) =>
    createPool({
      connectionString: env.DATABASE_URL,
      max: POOL_SIZE,
      applicationName: 'tollgate',
      onError: (err) => log.warn({ err }, 'a database connection broke'),
    }),
  databaseListener: ({ pool, env, log }) =>
    createDatabaseListener({
      connection: { connectionString: env.DATABASE_URL },
      pool,
      monotonicMs,
      warn: (err, message) => log.warn({ err }, message),
    }),
  prisma: ({ pool }) => createPrismaClient(pool),

  usageStore: ({ pool, metricCatalogue, env }) =>
    createUsageStore({
      pool,
      labels: createLabelStore({ pool }),
      catalogue: metricCatalogue,
      routeLimit: env.USAGE_ROUTE_LIMIT,
    }),
  usageTracker: (services) => {
    assertStarted(services);
    const { usageStore, quotaStore, journal, clock, log, env } = services;
    return createUsageTracker({
      store: usageStore,
      journal,
      onHolderDone: async (processId) => void (await quotaStore.releaseHolder(processId)),
      clock,
      log,
      durability: env.USAGE_DURABILITY,
      onOverflow: env.USAGE_ON_OVERFLOW,
      batchSize: env.USAGE_BATCH_SIZE,
      flushMs: env.USAGE_FLUSH_MS,
      queueLimit: env.USAGE_QUEUE_LIMIT,
    });
  },
  usageMaintenance: ({ pool }) => createUsageMaintenance({ pool }),
  usageRetention: ({ pool, env }) => createUsageRetention({ pool, disputeDays: env.BILLING_DISPUTE_DAYS }),
  usageReports: ({ usageStore, metricCatalogue, clock, env }) =>
    createUsageReports({
      store: usageStore,
      catalogue: metricCatalogue,
      clock,
      storedIp: (ip) => retainedIp(ip, env.CLIENT_IP),
    }),
  apiKeys: ({ pool, clock, auditLog, windowLimiter }) =>
    createApiKeyService({
      pool,
      store: createApiKeyStore({ pool }),
      clock,
      audit: (client, entry) => auditLog.record(entry, client),
      countAttempt: (...attempt) => limitKeyCreation({ windowLimiter }, ...attempt),
    }),
  apiKeyVerifier: ({ pool, databaseListener, clock, log }) =>
    createApiKeyVerifier({
      store: createApiKeyStore({ pool }),
      clock,
      listen: createKeyChanges({ listener: databaseListener }),
      monotonicMs,
      warn: (err, message) => log.warn({ err }, message),
    }),
  idempotency: ({ pool }) => createIdempotencyStore({ pool }),
  originOf: ({ env, log }) =>
    createClientReader({
      onVercel: env.VERCEL !== undefined,
      trustedProxyHops: env.TRUSTED_PROXY_HOPS,
      retention: env.CLIENT_IP,
      countryOf: createCountryDatabase({ warn: (err, message) => log.warn({ err }, message) }),
    }),

  auditLog: ({ pool }) => createAuditLog({ pool }),
  organizations: ({ prisma, auditLog, clock }) => createOrganizationService({ prisma, auditLog, clock }),
  members: ({ prisma, auditLog }) => createMemberService({ prisma, auditLog }),
  invitations: ({ prisma, auditLog, clock, env, mailer, planAllowances, windowLimiter }) =>
    createInvitationService({
      prisma,
      auditLog,
      clock,
      mailer,
      appUrl: env.APP_URL,
      seatsOf: (organizationId) => planAllowances.of(organizationId, 'members'),
      countAttempt: (...attempt) => limitInvitations({ windowLimiter }, ...attempt),
    }),
  sessions: ({ pool, organizations, env }) =>
    createSessionService({
      pool,
      organizations,
      adminUserIds: env.ADMIN_USER_IDS,
      adminEmails: env.ADMIN_EMAILS,
    }),
  knownDevices: ({ pool, clock }) => createKnownDevices({ pool, clock }),
  accessTokens: ({ env }) =>
    createAccessTokenVerifier({ supabaseUrl: env.SUPABASE_URL, jwtSecret: env.SUPABASE_JWT_SECRET }),
  supabase: ({ env }) =>
    createSupabaseServer({
      url: env.SUPABASE_URL,
      anonKey: env.SUPABASE_ANON_KEY,
      secureCookies: env.APP_URL.startsWith('https:'),
    }),
};

/**
 * Parts close in the reverse of the order in which they were built, but for these, which go before all others. The gate
 * closes first: nothing is lent any more, and what was not handed out returns at once. Then the tracker brings the events that
 * are left into the database, which settles what was handed out, and at its end the holder is released, with what calls took
 * that never became events. The other way round the holder would be released while units could still be handed out.
 */
const CLOSED_FIRST: readonly Part[] = ['quotaGate', 'usageTracker'];

const CLOSERS: { [P in Part]?: (part: Parts[P], services: Ground & Parts) => Promise<void> } = {
  pool: (pool) => pool.end(),
  databaseListener: (listener) => listener.close(),
  prisma: (prisma) => prisma.$disconnect(),
  testClock: async (testClock) => testClock?.close(),
  quotaGate: (gate) => gate.close(),
  usageTracker: async (tracker, { journal, quotaStore, holderId }) => {
    await tracker.close();
    // With a journal the tracker says when the holder is done with; without one nothing outlives it.
    if (!journal) await quotaStore.releaseHolder(holderId);
  },
  apiKeyVerifier: (verifier) => verifier.close(),
  billingRuns: (runs) => runs.close(),
  reports: (reports) => reports.close(),
};

/** @param instead parts that are there already, in place of those that would be built; nobody closes them here. */
export function createServices(env: Env, instead: Partial<Parts> = {}): Services {
  const built: Part[] = [];
  let starting: Promise<void> | undefined;
  let closing: Promise<void> | undefined;
  const ground: Ground = {
    env,
    log: pino({ level: env.LOG_LEVEL, base: { service: 'tollgate' } }),
    journal: null,
    holderId: newId(),
    ...(env.VERCEL !== undefined && { keepAlive: (work: Promise<unknown>) => after(() => work) }),
    start: () => (starting ??= start()),
    close: () => (closing ??= close()),
  };
  const services = Object.assign(ground, instead) as Ground & Parts;

  function offer<P extends Part>(part: P): void {
    Object.defineProperty(services, part, {
      configurable: true,
      get: () => {
        const value = BUILDERS[part](services);
        // From now on a plain property: this is read several times by every request.
        Object.defineProperty(services, part, { value });
        built.push(part);
        return value;
      },
    });
  }
  for (const part of Object.keys(BUILDERS) as Part[]) if (!(part in instead)) offer(part);
  async function start(): Promise<void> {
    await startTestClock();
    if (env.USAGE_DURABILITY === 'journal') {
      const { journalPath } = await openDataDir(env.DATA_DIR);
      ground.journal = await openUsageJournal({ path: journalPath, clock: services.clock, log: ground.log });
      ground.holderId = ground.journal.processId;
    }
    // Built now rather than by the first request: one replays what an earlier process left, the others begin to listen.
    void services.usageTracker;
    void services.apiKeyVerifier;
    void services.quotaGate;
    // Without the catalogue a mistyped metric would be noticed by the store only, after its call was answered.
    await services.metricCatalogue
      .all()
      .catch((err: unknown) => ground.log.warn({ err }, 'the catalogue of metrics cannot be read yet'));
  }

  async function startTestClock(): Promise<void> {
    const { testClock, log } = services;
    if (!testClock) return;
    log.warn(
      'TEST_CLOCK=1: THE TIME OF THIS SERVER CAN BE MOVED BY ANY PLATFORM ADMIN. Never run it where money is made.',
    );
    await testClock.refresh().catch((err: unknown) => log.warn({ err }, 'the test clock cannot be read yet'));
  }

  async function closePart<P extends Part>(part: P): Promise<void> {
    await CLOSERS[part]?.(services[part], services);
  }
  async function close(): Promise<void> {
    await starting?.catch(() => undefined);
    const first = CLOSED_FIRST.filter((part) => built.includes(part));
    for (const part of [...first, ...built.reverse().filter((part) => !first.includes(part))]) {
      await closePart(part).catch((err: unknown) => ground.log.error({ err, part }, 'a service did not close cleanly'));
    }
    if (slots[SERVICES] === services) delete slots[SERVICES];
  }

  return services;
}

/** Next evaluates modules more than once in one process; services must exist once. */
const SERVICES = Symbol.for('tollgate.services');
const MANAGED = Symbol.for('tollgate.managed');
const slots = globalThis as { [SERVICES]?: Services; [MANAGED]?: boolean };

/** The services of this process. */
export const services = (): Services => (slots[SERVICES] ??= createServices(readEnv()));

/** Says that the caller closes the services itself, after the last request; else a signal to stop does. */
export function manageShutdown(): void {
  slots[MANAGED] = true;
}
export const isShutdownManaged = (): boolean => slots[MANAGED] === true;

/** A route of the public API: what it declares, and its handler. */
export const route = createRoute(services);
/**
 * The wrappers around handlers of your own, bound to these services.
 * @public
 */
export const withApiKey = createWithApiKey(services);
/** @public */
export const withSession = createWithSession(services);

/** Sign-up, sign-in and what belongs to them. */
export const authRoutes = createAuthRoutes(services);
/** Before a page is rendered. */
export const preparePage = createPreparePage(services);
/** Who is signed in, for pages. */
const pageSession = createPageSession(services);
export const getPageSession = () => pageSession.getPageSession();
export const requirePageSession = () => pageSession.requirePageSession();
