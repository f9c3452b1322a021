/**
 * Fills a new installation with something to look at: two people, an organization on the largest plan with two keys and
 * ninety days of calls, and organizations on the other plans that have used little, much, or too much of their quotas; with a
 * year of invoices in every state.
 * It happens once. Each step looks for what an interrupted run left before it makes anything, and the history is made of
 * events whose ids follow from its seed, so that a run after `kill -9` ends where an undisturbed one would have.
 */
import { z } from 'zod';
import { type OrganizationService } from '@/accounts';
import { type DataDir } from '@/config/data-dir';
import { type AlertRules } from '@/insight';
import { type Clock } from '@/kernel/clock';
import { type ApiKeyService } from '@/keys';
import { createApiKeyInput } from '@/keys/contracts';
import { type UsageMaintenance, type UsageStore } from '@/metering';
import { type UsageEvent } from '@/metering/contracts';
import { seedDemoAlerts } from './demo-alerts';
import { demoHistory, HISTORY_DAYS } from './demo-history';
import { billDemoPast, type DemoBilling, type DemoOutcome } from './demo-invoices';
import { demoAnchor, demoPast } from './demo-past';
import { settleDemoPlan } from './demo-plan-store';
import { demoPeriodStart, MAIN, MAIN_PLAN, SHOWCASES, showcaseUsage } from './demo-showcase';
import { type Secrets } from './secrets';

export const DEMO_CUSTOMER = 'demo@tollgate.example';
export const DEMO_ADMIN = 'admin@tollgate.example';
const ORGANIZATION = 'Northwind Demo';
const KEY_NAMES = { live: 'Production', test: 'Staging' };
/** So that the key can be put under load. */
const LIVE_KEY_REQUESTS_PER_MINUTE = 1_000_000;
const BATCH_SIZE = 4_000;
const DAY_MS = 86_400_000;
const STATE_FILE = 'demo-state.json';

const key = z.object({ id: z.uuid(), secret: z.string() });
const state = z.object({
  adminUserId: z.uuid(),
  organization: z.object({ id: z.uuid(), slug: z.string() }),
  liveKey: key,
  testKey: key,
  /** End of the history; with the seed it determines every event. */
  historyEndsAt: z.iso.datetime(),
  /** The organizations on the other plans; absent in a demo that was made before there were plans. */
  showcases: z.object({ endsAt: z.iso.datetime(), organizationIds: z.record(z.string(), z.uuid()) }).optional(),
  complete: z.boolean(),
});
export type DemoState = z.output<typeof state>;
type SettledDemo = DemoState & Required<Pick<DemoState, 'showcases'>>;

export interface DemoServices extends DemoBilling {
  organizations: Pick<OrganizationService, 'listForUser' | 'create'>;
  apiKeys: Pick<ApiKeyService, 'list' | 'create' | 'revoke'>;
  alertRules: Pick<AlertRules, 'list' | 'create'>;
  usageStore: UsageStore;
  usageMaintenance: Pick<UsageMaintenance, 'foldHours'>;
}

export interface SeedOptions {
  dataDir: DataDir;
  secrets: Secrets;
  clock: Clock;
  /** Makes an account, or finds it. */
  ensureUser: (account: { email: string; password: string }) => Promise<{ id: string }>;
  /** Called only where something is left to do. */
  openServices: () => DemoServices;
  /** Told the share of the history that is stored, 0 to 1. */
  onProgress: (share: number) => void;
}

async function readState(dataDir: DataDir): Promise<DemoState | null> {
  const text = await dataDir.readSecret(STATE_FILE);
  return text === null ? null : state.parse(JSON.parse(text));
}

const writeState = (dataDir: DataDir, next: DemoState) =>
  dataDir.writeSecret(STATE_FILE, `${JSON.stringify(next, null, 2)}\n`);

const ensureCustomer = ({ ensureUser, secrets }: SeedOptions) =>
  ensureUser({ email: DEMO_CUSTOMER, password: secrets.customerPassword });

/** The organization of that name, made if it is not there. */
async function ensureOrganization({ organizations }: DemoServices, customerId: string, name: string) {
  const owned = await organizations.listForUser(customerId);
  return (
    owned.find((candidate) => candidate.name === name) ??
    organizations.create({ userId: customerId, email: DEMO_CUSTOMER }, { name })
  );
}

/** What a first look tries out includes reporting, which a new key is not given by itself. */
const EVERYTHING = ['*'];

async function prepareAccounts(options: SeedOptions, services: DemoServices): Promise<DemoState> {
  const { secrets, ensureUser, clock } = options;
  const customer = await ensureCustomer(options);
  const admin = await ensureUser({ email: DEMO_ADMIN, password: secrets.adminPassword });
  const endsAt = clock.now();
  const organization = await ensureOrganization(services, customer.id, ORGANIZATION);

  const actor = { kind: 'user' as const, id: customer.id };
  // Keys of an interrupted run: their secrets are lost.
  const { data: strays } = await services.apiKeys.list(organization.id, { limit: 100 });
  for (const stray of strays) await services.apiKeys.revoke(organization.id, actor, stray.id);
  const create = (input: z.input<typeof createApiKeyInput>) =>
    services.apiKeys.create(organization.id, actor, createApiKeyInput.parse({ scopes: EVERYTHING, ...input }), {
      // The demo's own load is welcome, whatever the plan.
      maxRequestsPerMinute: null,
    });
  const live = await create({ name: KEY_NAMES.live, requests_per_minute: LIVE_KEY_REQUESTS_PER_MINUTE });
  const test = await create({ name: KEY_NAMES.test, livemode: false });
  return {
    adminUserId: admin.id,
    organization: { id: organization.id, slug: organization.slug },
    liveKey: { id: live.id, secret: live.secret },
    testKey: { id: test.id, secret: test.secret },
    historyEndsAt: endsAt.toISOString(),
    complete: false,
  };
}

/** Puts every demo organization on its plan; before usage is recorded, which counts for the plan of its time. */
async function preparePlans(options: SeedOptions, services: DemoServices, demo: DemoState): Promise<SettledDemo> {
  const customer = await ensureCustomer(options);
  const endsAt = options.clock.now();
  const anchor = demoAnchor(endsAt);
  await settleDemoPlan(services.pool, demo.organization.id, { planKey: MAIN_PLAN, anchor });
  const organizationIds: Record<string, string> = {};
  for (const { name, planKey } of SHOWCASES) {
    const { id } = await ensureOrganization(services, customer.id, name);
    await settleDemoPlan(services.pool, id, { planKey, anchor });
    organizationIds[name] = id;
  }
  return { ...demo, complete: false, showcases: { endsAt: endsAt.toISOString(), organizationIds } };
}

/** Everything that the demo's organizations have ever used. */
export function* demoEvents(demo: SettledDemo): Generator<UsageEvent> {
  yield* demoHistory({
    organizationId: demo.organization.id,
    liveKeyId: demo.liveKey.id,
    testKeyId: demo.testKey.id,
    endsAt: new Date(demo.historyEndsAt),
  });
  const { organizationIds } = demo.showcases;
  const endsAt = new Date(demo.showcases.endsAt);
  // From then on there is the history.
  const until = new Date(new Date(demo.historyEndsAt).getTime() - HISTORY_DAYS * DAY_MS);
  yield* demoPast({ organizationId: demo.organization.id, sums: MAIN.past, endsAt, until, seed: 0x9a57 });
  for (const showcase of SHOWCASES) {
    const id = organizationIds[showcase.name];
    if (id === undefined) continue;
    if (showcase.past)
      yield* demoPast({ organizationId: id, sums: showcase.past, endsAt, seed: showcase.seed + 0x100 });
    yield* showcaseUsage(showcase, id, endsAt);
  }
}

/** A year of invoices, in every state. */
async function billPast(demo: SettledDemo, services: DemoServices, now: Date): Promise<void> {
  const past = (organizationId: string, { outcomes = [] }: { outcomes?: readonly DemoOutcome[] }) =>
    billDemoPast(services, { organizationId, outcomes, now, adminId: demo.adminUserId });
  await past(demo.organization.id, MAIN);
  for (const showcase of SHOWCASES) {
    const id = demo.showcases.organizationIds[showcase.name];
    if (id !== undefined) await past(id, showcase);
  }
  // Alerts are of the present; a year of them would hide those.
  await services.pool.query('delete from usage_alerts where period_start < $1', [
    demoPeriodStart(new Date(demo.showcases.endsAt)),
  ]);
}

function* inBatches<T>(items: Iterable<T>, size: number): Generator<T[]> {
  let batch: T[] = [];
  for (const item of items) {
    batch.push(item);
    if (batch.length === size) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

async function recordHistory(demo: SettledDemo, store: UsageStore, onProgress: (share: number) => void): Promise<void> {
  const events = [...demoEvents(demo)];
  let stored = 0;
  onProgress(0);
  for (const batch of inBatches(events, BATCH_SIZE)) {
    const outcomes = await store.record(batch, { knownForever: true });
    const rejected = outcomes.find((outcome) => outcome.outcome === 'rejected');
    if (rejected) throw new Error(`The demo history was refused: ${rejected.message}`);
    stored += batch.length;
    onProgress(stored / events.length);
  }
}

const isSettled = (demo: DemoState): demo is SettledDemo => demo.showcases !== undefined;

/** The demo of this data directory, made if it is not there or not complete; `isNew` if it was made, or what was left of it. */
export async function seedDemo(options: SeedOptions): Promise<{ demo: DemoState; isNew: boolean }> {
  const { dataDir, openServices, onProgress } = options;
  const found = await readState(dataDir);
  if (found?.complete && isSettled(found)) return { demo: found, isNew: false };
  const services = openServices();
  let demo = found;
  if (!demo) {
    demo = await prepareAccounts(options, services);
    await writeState(dataDir, demo);
  }
  if (!isSettled(demo)) {
    demo = await preparePlans(options, services, demo);
    await writeState(dataDir, demo);
  }
  await recordHistory(demo as SettledDemo, services.usageStore, onProgress);
  // Ninety days are shown from sums per day, from the first look on.
  await services.usageMaintenance.foldHours(options.clock.now());
  await billPast(demo as SettledDemo, services, options.clock.now());
  await seedDemoAlerts(services, {
    organizationId: demo.organization.id,
    liveKeyId: demo.liveKey.id,
    userId: (await ensureCustomer(options)).id,
    now: options.clock.now(),
  });
  const complete = { ...demo, complete: true };
  await writeState(dataDir, complete);
  return { demo: complete, isNew: true };
}
