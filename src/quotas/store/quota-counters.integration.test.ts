import { randomUUID } from 'node:crypto';
import { Pool } from 'pg';
import { type UsageStore, verifyUsage } from '@/metering';
import { type UsageEvent } from '@/metering/contracts';
import { addGrant, createSubscriber, lendRequest, quotaStoresOn, setIncluded } from '@/testing/quota-fixture';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { buildUsageEvent } from '@/testing/usage-event-builder';
import { type LendRequest } from './quota-lease-store';
import { type QuotaStore } from './quota-store';

const OCTOBER = new Date('2026-10-20T12:00:00Z');
const NOVEMBER = new Date('2026-11-20T12:00:00Z');

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
const eventOf = (units: number, leaseId?: string, given: Partial<UsageEvent> = {}) =>
  buildUsageEvent({
    organizationId,
    occurredAtMs: OCTOBER.getTime(),
    quantities: { api_calls: units },
    ...(leaseId !== undefined && { leases: [{ leaseId, metric: 'api_calls', units }] }),
    ...given,
  });

describe('grants', () => {
  it('are drawn in order of expiry, give what is left to the next period, and keep what was drawn when they end', async () => {
    const grantedAt = new Date('2026-09-01T00:00:00Z');
    const [late, soon, never] = [
      await addGrant(pool, organizationId, {
        metric: 'api_calls',
        units: 100,
        grantedAt,
        expiresAt: new Date('2026-12-01T00:00:00Z'),
      }),
      await addGrant(pool, organizationId, {
        metric: 'api_calls',
        units: 100,
        grantedAt,
        expiresAt: new Date('2026-10-25T00:00:00Z'),
      }),
      await addGrant(pool, organizationId, { metric: 'api_calls', units: 100, grantedAt }),
    ];
    const draws = async () => {
      const { rows } = await pool.query<{ grant_id: string; units: number }>(
        `select grant_id, units::int from quota_grant_draws where units > 0 order by period_start`,
      );
      return rows
        .map(({ grant_id, units }) => [[soon, late, never].indexOf(grant_id), units])
        .filter(([place]) => place! >= 0);
    };
    await expect(lend({ need: 1_301 })).resolves.toMatchObject({ outcome: 'exhausted', limitUnits: 1_300 });
    const lent = await lend({ need: 1_130 });
    expect(await draws()).toEqual(
      expect.arrayContaining([
        [0, 100],
        [1, 30],
      ]),
    );
    await usage.record([eventOf(1_130, lent.leaseId!)]);
    // The rest of `late`, and `never`: what October drew stays drawn.
    await expect(lend({ at: NOVEMBER, need: 1_171 })).resolves.toMatchObject({
      outcome: 'exhausted',
      limitUnits: 1_170,
    });
    await expect(lend({ at: NOVEMBER, need: 1_100 })).resolves.toMatchObject({ outcome: 'lent' });
    // November drew the rest of `late` and 30 of `never`.
    await expect(lend({ need: 71 })).resolves.toMatchObject({ outcome: 'exhausted', used: 1_130, limitUnits: 1_200 });
    // `soon` has ended: what October drew of it still counts, no more.
    await pool.query('update quota_grants set revoked_at = $2 where id = $1', [
      never,
      new Date('2026-10-24T00:00:00Z'),
    ]);
    await expect(lend({ at: new Date('2026-10-26T00:00:00Z') })).resolves.toMatchObject({ limitUnits: 1_130 });
  });
});

describe('recording and lending together', () => {
  it('never deadlock on many metrics of many organizations', async () => {
    const metrics = ['api_calls', 'documents', 'ai_tokens', 'document_pages', 'llm_operations'];
    const organizations = await Promise.all(Array.from({ length: 4 }, () => createSubscriber(pool)));
    for (const organization of organizations)
      for (const metric of metrics) await setIncluded(pool, organization, metric, 100_000);
    const holders = Array.from({ length: 6 }, () => randomUUID());
    const wide = new Pool({ connectionString: database.url, max: 24 });
    const stores = quotaStoresOn(wide);
    const work = holders.map(async (holderId, worker) => {
      for (let turn = 0; turn < 12; turn++) {
        const mine = worker % 2 ? metrics : metrics.toReversed();
        const events = await Promise.all(
          organizations.map(async (id) => {
            const loans = await Promise.all(
              mine.map((metric) =>
                stores.quotaStore.lend(lendRequest({ organizationId: id, at: OCTOBER, metric, holderId, want: 9 })),
              ),
            );
            const leases = loans.map(({ leaseId }, index) => ({ leaseId: leaseId!, metric: mine[index]!, units: 1 }));
            const quantities = Object.fromEntries(mine.map((metric) => [metric, 1]));
            return buildUsageEvent({ organizationId: id, occurredAtMs: OCTOBER.getTime(), quantities, leases });
          }),
        );
        const batch = worker % 2 ? events : events.toReversed();
        const outcomes = await stores.usageStore.record(batch, { fenced: turn % 2 === 0 });
        expect(outcomes.every(({ outcome }) => outcome === 'accepted')).toBe(true);
        await Promise.all(
          batch.flatMap(({ leases }) => leases!.map(({ leaseId }) => stores.quotaStore.return(leaseId, 2, false))),
        );
      }
      await stores.quotaStore.releaseHolder(holderId);
    });
    await Promise.all([...work, stores.quotaStore.releaseExpired()]);
    await wide.end();
    const { rows } = await pool.query(
      `select distinct used::int, leased::int from quota_counters where organization_id = any ($1)`,
      [organizations],
    );
    expect(rows).toEqual([{ used: 72, leased: 0 }]);
  }, 60_000);

  it('are proven by verification, which names a counter or a lease that was tampered with', async () => {
    const { leaseId } = await lend({ want: 10 });
    await usage.record([eventOf(3, leaseId!)]);
    await pool.query('update quota_counters set used = used + 1, leased = leased - 1 where organization_id = $1', [
      organizationId,
    ]);
    expect((await verifyUsage(pool)).differences).toEqual([
      expect.objectContaining({
        check: 'counter = raw',
        organization_id: organizationId,
        metric: 'api_calls',
        day: '2026-10-01',
      }),
      expect.objectContaining({
        check: 'leased = outstanding',
        organization_id: organizationId,
        detail: 'counter 6 | leases 7',
      }),
    ]);
    await pool.query('update quota_counters set used = used - 1, leased = leased + 1 where organization_id = $1', [
      organizationId,
    ]);
  });
});
