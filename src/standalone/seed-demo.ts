/**
 * Fills a new installation with something to look at: two people, an organization, two keys, ninety days of calls.
 * It happens once. Each step looks for what an interrupted run left before it makes anything, and the history is made of
 * events whose ids follow from its seed, so that a run after `kill -9` ends where an undisturbed one would have.
 */
import { z } from 'zod';
import { type OrganizationService } from '@/accounts';
import { type DataDir } from '@/config/data-dir';
import { type Clock } from '@/kernel/clock';
import { type ApiKeyService } from '@/keys';
import { createApiKeyInput } from '@/keys/contracts';
import { type UsageStore } from '@/metering';
import { type UsageEvent } from '@/metering/contracts';
import { demoHistory } from './demo-history';
import { type Secrets } from './secrets';

export const DEMO_CUSTOMER = 'demo@tollgate.example';
export const DEMO_ADMIN = 'admin@tollgate.example';
const ORGANIZATION = 'Northwind Demo';
const KEY_NAMES = { live: 'Production', test: 'Staging' };
const BATCH_SIZE = 4_000;
const STATE_FILE = 'demo-state.json';

const key = z.object({ id: z.uuid(), secret: z.string() });
const state = z.object({
  adminUserId: z.uuid(),
  organization: z.object({ id: z.uuid(), slug: z.string() }),
  liveKey: key,
  testKey: key,
  /** End of the history; with the seed it determines every event. */
  historyEndsAt: z.iso.datetime(),
  complete: z.boolean(),
});
export type DemoState = z.output<typeof state>;

export interface DemoServices {
  organizations: Pick<OrganizationService, 'listForUser' | 'create'>;
  apiKeys: Pick<ApiKeyService, 'list' | 'create' | 'revoke'>;
  usageStore: UsageStore;
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

async function prepareAccounts(options: SeedOptions, services: DemoServices): Promise<DemoState> {
  const { secrets, ensureUser, clock } = options;
  const customer = await ensureUser({ email: DEMO_CUSTOMER, password: secrets.customerPassword });
  const admin = await ensureUser({ email: DEMO_ADMIN, password: secrets.adminPassword });
  const [existing] = await services.organizations.listForUser(customer.id);
  const organization =
    existing ??
    (await services.organizations.create({ userId: customer.id, email: DEMO_CUSTOMER }, { name: ORGANIZATION }));

  const actor = { kind: 'user' as const, id: customer.id };
  // Keys of an interrupted run: their secrets are lost.
  const { data: strays } = await services.apiKeys.list(organization.id, { limit: 100 });
  for (const stray of strays) await services.apiKeys.revoke(organization.id, actor, stray.id);
  const create = (name: string, livemode: boolean) =>
    services.apiKeys.create(organization.id, actor, createApiKeyInput.parse({ name, livemode }));
  const live = await create(KEY_NAMES.live, true);
  const test = await create(KEY_NAMES.test, false);
  return {
    adminUserId: admin.id,
    organization: { id: organization.id, slug: organization.slug },
    liveKey: { id: live.id, secret: live.secret },
    testKey: { id: test.id, secret: test.secret },
    historyEndsAt: clock.now().toISOString(),
    complete: false,
  };
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

async function recordHistory(demo: DemoState, store: UsageStore, onProgress: (share: number) => void): Promise<void> {
  const events: UsageEvent[] = [
    ...demoHistory({
      organizationId: demo.organization.id,
      liveKeyId: demo.liveKey.id,
      testKeyId: demo.testKey.id,
      endsAt: new Date(demo.historyEndsAt),
    }),
  ];
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

/** The demo of this data directory, made if it is not there or not complete. */
export async function seedDemo(options: SeedOptions): Promise<DemoState> {
  const { dataDir, openServices, onProgress } = options;
  let demo = await readState(dataDir);
  if (demo?.complete) return demo;
  const services = openServices();
  if (!demo) {
    demo = await prepareAccounts(options, services);
    await writeState(dataDir, demo);
  }
  await recordHistory(demo, services.usageStore, onProgress);
  const complete = { ...demo, complete: true };
  await writeState(dataDir, complete);
  return complete;
}
