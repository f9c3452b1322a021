import { randomUUID } from 'node:crypto';
import { Client, type Pool } from 'pg';
import { inTransaction } from '@/db';
import { type UsageStore, verifyUsage } from '@/metering';
import { type UsageEvent } from '@/metering/contracts';
import {
  addGrant,
  createSubscriber,
  lendRequest,
  quotaStoresOn,
  setIncluded,
  setSpendCap,
  startPlan,
} from '@/testing/quota-fixture';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { buildUsageEvent } from '@/testing/usage-event-builder';
import { type LendRequest } from './quota-lease-store';
import { type QuotaStore } from './quota-store';

const OCTOBER = new Date('2026-10-20T12:00:00Z');
const NOVEMBER = new Date('2026-11-20T12:00:00Z');
const ACCEPTED = [{ outcome: 'accepted' }];

let database: TestDatabase;
let pool: Pool;
let quotas: QuotaStore;
let usage: UsageStore;
let organizationId: string;
beforeAll(async () => {
  database = await createTestDatabase();
  pool = database.pool;
  ({ quotaStore: quotas, usageStore: usage } = quotaStoresOn(pool));
});
afterAll(() => database.drop());
beforeEach(async () => {
  organizationId = await createSubscriber(pool);
});
afterEach(async () => {
  expect((await verifyUsage(pool)).differences).toEqual([]);
});

const lend = (given: Partial<LendRequest> = {}) => quotas.lend(lendRequest({ organizationId, at: OCTOBER, ...given }));
const counter = async (at = OCTOBER, livemode = true, metric = 'api_calls') => {
  const found = (await quotas.counters(organizationId, livemode, at)).find((row) => row.metric === metric);
  return found && { used: found.used, leased: found.leased };
};
const eventOf = (units: number, leaseId?: string, given: Partial<UsageEvent> = {}) =>
  buildUsageEvent({
    organizationId,
    occurredAtMs: OCTOBER.getTime(),
    quantities: { api_calls: units },
    ...(leaseId !== undefined && { leases: [{ leaseId, metric: 'api_calls', units }] }),
    ...given,
  });
const use = (units: number, given: Partial<UsageEvent> = {}) => usage.record([eventOf(units, undefined, given)]);
const expire = (leaseId: string | null) =>
  pool.query(`update quota_leases set reclaim_at = clock_timestamp() where id = $1`, [leaseId]);

describe('lending', () => {
  it('lends an eighth of what is left at most, and single needs, marked dry, near the limit', async () => {
    await expect(lend({ want: 10_000 })).resolves.toMatchObject({
      outcome: 'lent',
      units: 125,
      dry: false,
      leased: 125,
    });
    await expect(lend({ want: 20 })).resolves.toMatchObject({ units: 20, dry: false, leased: 145, limitUnits: 1_000 });
    await use(845);
    await expect(lend({ want: 20 })).resolves.toMatchObject({ units: 1, dry: false, used: 845, leased: 146 });
    await use(2);
    await expect(lend({ want: 20 })).resolves.toMatchObject({ units: 1, dry: true, used: 847, leased: 147 });
    await expect(lend({ need: 6, want: 20 })).resolves.toMatchObject({ units: 6, dry: true });
    expect(await counter()).toEqual({ used: 847, leased: 153 });
  });

  it('calls back what others may have, and refuses for good once nobody has any', async () => {
    const listener = new Client({ connectionString: database.url });
    const heard: string[] = [];
    listener.on('notification', ({ channel, payload }) => heard.push(`${channel} ${payload}`));
    await listener.connect();
    await listener.query('listen quota_recall; listen quota_freed');
    await setIncluded(pool, organizationId, 'api_calls', 100);
    const other = await lend({ want: 12 });
    await use(88);
    await expect(lend({ need: 3 })).resolves.toMatchObject({ outcome: 'recall', leaseId: null, units: 0 });
    // More than even everything that may come back.
    await expect(lend({ need: 13 })).resolves.toMatchObject({ outcome: 'exhausted' });
    await quotas.return(other.leaseId!, 2, true);
    await expect(lend({ need: 3 })).resolves.toMatchObject({ outcome: 'exhausted', used: 88, leased: 10 });
    await expect(lend({ need: 2 })).resolves.toMatchObject({ outcome: 'lent', dry: true });
    await listener.query('select 1');
    await listener.end();
    const periodMs = Date.UTC(2026, 9, 1);
    expect(heard.filter((line) => line.startsWith('quota_recall'))).toEqual([
      `quota_recall ${organizationId}|true|api_calls|${periodMs}`,
    ]);
    expect(heard.at(-1)).toBe(`quota_freed ${organizationId}|true|api_calls|${periodMs}`);
  });

  it('lends nothing where nothing bounds, and compares a gauge with the limit', async () => {
    await setIncluded(pool, organizationId, 'api_calls', null);
    await expect(lend()).resolves.toMatchObject({ outcome: 'unbounded', included: null, limitUnits: null });
    await expect(lend({ metric: 'ocr_operations' })).resolves.toMatchObject({ outcome: 'unbounded' });
    await expect(lend({ metric: 'storage_gb', need: 5 })).resolves.toMatchObject({
      outcome: 'unbounded',
      limitUnits: 5,
    });
    await expect(lend({ metric: 'storage_gb', need: 5.1 })).resolves.toMatchObject({ outcome: 'exhausted' });
    await expect(lend({ metric: 'members', need: 4 })).resolves.toMatchObject({ outcome: 'exhausted' });
    expect(await counter()).toBeUndefined();
  });

  it('stops overage at the ceiling of a spend cap, and at what is included when the caller knows of none', async () => {
    await startPlan(pool, organizationId, 'starter', new Date('2026-10-01T00:00:00Z'));
    await use(10_000);
    await expect(lend()).resolves.toMatchObject({ outcome: 'unbounded' });
    await setSpendCap(pool, organizationId, 100);
    await expect(lend()).resolves.toMatchObject({ outcome: 'spend_cap', limitUnits: 10_000 });
    await expect(lend({ need: 20, ceiling: 10_500 })).resolves.toMatchObject({ outcome: 'lent', limitUnits: 10_500 });
    await expect(lend({ need: 481, ceiling: 10_500 })).resolves.toMatchObject({ outcome: 'recall' });
    await expect(lend({ need: 501, ceiling: 10_500 })).resolves.toMatchObject({ outcome: 'spend_cap' });
  });

  it('keeps usage of test keys apart: the same quantity, always hard, without grants', async () => {
    await startPlan(pool, organizationId, 'starter', new Date('2026-10-01T00:00:00Z'));
    await addGrant(pool, organizationId, {
      metric: 'api_calls',
      units: 50,
      grantedAt: new Date('2026-10-01T00:00:00Z'),
    });
    await use(10_000, { livemode: false });
    await expect(lend({ livemode: false })).resolves.toMatchObject({ outcome: 'exhausted', limitUnits: 10_000 });
    await expect(lend({ livemode: true })).resolves.toMatchObject({ outcome: 'unbounded', included: 10_050 });
    expect(await counter(OCTOBER, true)).toBeUndefined();
  });

  it('follows a limit that is raised, lowered, or changes with the plan, and starts afresh with the period', async () => {
    await use(1_000);
    await expect(lend()).resolves.toMatchObject({ outcome: 'exhausted' });
    await setIncluded(pool, organizationId, 'api_calls', 1_008);
    await expect(lend()).resolves.toMatchObject({ outcome: 'lent' });
    await setIncluded(pool, organizationId, 'api_calls', 500);
    await expect(lend()).resolves.toMatchObject({ outcome: 'exhausted', limitUnits: 500 });
    await pool.query('delete from quota_overrides where organization_id = $1', [organizationId]);
    await startPlan(pool, organizationId, 'pro', new Date('2026-10-20T13:00:00Z'));
    await startPlan(pool, organizationId, 'free', new Date('2026-11-01T00:00:00Z'));
    await expect(lend()).resolves.toMatchObject({ outcome: 'exhausted', limitUnits: 1_000 });
    await expect(lend({ at: new Date('2026-10-31T23:59:59.999Z') })).resolves.toMatchObject({ outcome: 'unbounded' });
    await expect(lend({ at: NOVEMBER, need: 1_000 })).resolves.toMatchObject({
      outcome: 'lent',
      used: 0,
      limitUnits: 1_000,
    });
    expect(await counter(OCTOBER)).toEqual({ used: 1_000, leased: 1 });
  });

  it('counts what two processes lend under opposite clocks in the period each of them names', async () => {
    const lastOfOctober = await lend({ at: new Date('2026-10-31T23:59:59.999Z'), need: 1_000 });
    await expect(lend({ at: new Date('2026-11-01T00:00:00Z'), need: 1_000 })).resolves.toMatchObject({
      outcome: 'lent',
    });
    expect(lastOfOctober.periodEnd.toISOString()).toBe('2026-11-01T00:00:00.000Z');
  });
});

describe('what is lent', () => {
  it('is settled with the event that used it, once, whoever records it and however often', async () => {
    const lease = await lend({ want: 10 });
    const event = eventOf(4, lease.leaseId!);
    expect(await usage.record([event, event])).toEqual([{ outcome: 'accepted' }, { outcome: 'duplicate' }]);
    expect(await counter()).toEqual({ used: 4, leased: 6 });
    expect(await usage.record([event], { knownForever: true })).toEqual([{ outcome: 'duplicate' }]);
    expect(await usage.record([event], { fenced: true })).toEqual([{ outcome: 'duplicate' }]);
    expect(await counter()).toEqual({ used: 4, leased: 6 });
  });

  it('returns by a total that never goes back, however often and in whatever order it is said', async () => {
    const { leaseId } = await lend({ want: 10 });
    for (const total of [3, 3, 1, 5, 4]) await quotas.return(leaseId!, total, false);
    expect(await counter()).toEqual({ used: 0, leased: 5 });
    await quotas.return(leaseId!, 99, true);
    expect(await counter()).toEqual({ used: 0, leased: 0 });
    await quotas.return(randomUUID(), 5, true);
  });

  it('settles an event of a lease from the period before in that period, whatever the event counts in', async () => {
    const lease = await lend({ want: 10 });
    await usage.record([eventOf(2, lease.leaseId!, { occurredAtMs: NOVEMBER.getTime() })]);
    expect([await counter(OCTOBER), await counter(NOVEMBER)]).toEqual([
      { used: 0, leased: 8 },
      { used: 2, leased: 0 },
    ]);
  });

  it('comes back when its time is over, to whoever asks next', async () => {
    await setIncluded(pool, organizationId, 'api_calls', 10);
    const lost = await lend({ need: 10 });
    await expect(lend()).resolves.toMatchObject({ outcome: 'exhausted' });
    await expire(lost.leaseId);
    await expect(lend({ need: 10 })).resolves.toMatchObject({ outcome: 'lent', used: 0, leased: 10 });
  });

  it('is refused to an event that nobody was answered for once it was given to others, and nothing of it is counted', async () => {
    const { leaseId } = await lend({ want: 10 });
    const [kept, late] = [eventOf(3, leaseId!), eventOf(4, leaseId!)];
    expect(await usage.record([kept], { fenced: true })).toEqual(ACCEPTED);
    await expire(leaseId);
    expect(await quotas.releaseExpired()).toBe(1);
    const unleased = eventOf(1);
    expect(await usage.record([late, kept, unleased], { fenced: true })).toEqual([
      expect.objectContaining({ outcome: 'rejected', reason: 'lease_expired' }),
      { outcome: 'duplicate' },
      { outcome: 'accepted' },
    ]);
    expect(await counter()).toEqual({ used: 4, leased: 0 });
  });

  it('is counted without its lease where the caller was answered already', async () => {
    const { leaseId } = await lend({ want: 10 });
    await expire(leaseId);
    await quotas.releaseExpired();
    expect(await usage.record([eventOf(3, leaseId!)], { knownForever: true })).toEqual(ACCEPTED);
    expect(await counter()).toEqual({ used: 3, leased: 0 });
  });

  it('leaves the table with its last unit, so that this holds no more than what is lent', async () => {
    const count = async () =>
      (await pool.query(`select from quota_leases where organization_id = $1`, [organizationId])).rowCount;
    const [returned, settled, expired] = [await lend({ want: 5 }), await lend({ want: 5 }), await lend({ want: 5 })];
    const holderId = randomUUID();
    await lend({ holderId, want: 5 });
    expect(await count()).toBe(4);
    await quotas.return(returned.leaseId!, 5, true);
    await usage.record([eventOf(5, settled.leaseId!)]);
    await expire(expired.leaseId);
    await quotas.releaseExpired();
    await quotas.releaseHolder(holderId);
    expect(await count()).toBe(0);
    // What is said of them again, late, changes nothing.
    await quotas.return(returned.leaseId!, 5, true);
    await usage.record([eventOf(1, settled.leaseId!)], { knownForever: true });
    expect(await counter()).toEqual({ used: 6, leased: 0 });
  });

  it('is released with a dead process, which then gets nothing any more, not even by a request that was under way', async () => {
    const holderId = randomUUID();
    await lend({ holderId, want: 10 });
    await lend({ holderId, metric: 'documents', want: 5 });
    let released: Promise<number> | undefined;
    await inTransaction(pool, async (client) => {
      await quotas.lendIn(client, lendRequest({ organizationId, at: OCTOBER, holderId, want: 7 }));
      released = quotas.releaseHolder(holderId);
      await new Promise((resolve) => setTimeout(resolve, 50));
    });
    await expect(released).resolves.toBe(3);
    expect(await quotas.releaseHolder(holderId)).toBe(0);
    expect([await counter(), await counter(OCTOBER, true, 'documents')]).toEqual([
      { used: 0, leased: 0 },
      { used: 0, leased: 0 },
    ]);
    await expect(lend({ holderId })).rejects.toMatchObject({ code: 'TG005' });
  });
});
