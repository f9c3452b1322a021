import fc from 'fast-check';
import { type Pool } from 'pg';
import { type UsageStore, verifyUsage } from '@/metering';
import { addGrant, createSubscriber, quotaStoresOn, startPlan } from '@/testing/quota-fixture';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { buildUsageEvent } from '@/testing/usage-event-builder';
import { type QuotaStore } from './quota-store';

const HOUR_MS = 3_600_000;
const END = Date.UTC(2026, 10, 1);

let database: TestDatabase;
let pool: Pool;
let quotas: QuotaStore;
let usage: UsageStore;
beforeAll(async () => {
  database = await createTestDatabase();
  pool = database.pool;
  ({ quotaStore: quotas, usageStore: usage } = quotaStoresOn(pool));
});
afterAll(() => database.drop());

describe('counters', () => {
  it('are what the events of their period add up to, by aggregation, in any order, split and repetition', async () => {
    await pool.query(`insert into metrics (key, name, unit, aggregation) values ('tries', 'Tries', 'try', 'count')`);
    const event = fc.record({
      occurredAtMs: fc.integer({ min: Date.UTC(2026, 8, 28), max: Date.UTC(2026, 11, 3) }),
      livemode: fc.boolean(),
      quantities: fc.record(
        {
          ai_tokens: fc.nat(64).map((eighths) => eighths / 8),
          tries: fc.nat(5),
          members: fc.nat(20),
          storage_gb: fc.nat(50),
          user_sessions: fc.constantFrom('anna', 'ben', 'cleo', 'dora'),
        },
        { requiredKeys: ['ai_tokens'] },
      ),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { minLength: 1, maxLength: 30 }),
        fc.infiniteStream(fc.nat(6)),
        async (drafts, sizes) => {
          const organizationId = await createSubscriber(pool);
          await pool.query(`update subscriptions set anchor = '2026-01-31' where organization_id = $1`, [
            organizationId,
          ]);
          const events = drafts.map((draft) => buildUsageEvent({ organizationId, ...draft }));
          const again = [...events, ...events.slice(0, 7)];
          while (again.length > 0) await usage.record(again.splice(0, 1 + Number(sizes.next().value ?? 0)));
        },
      ),
      { numRuns: 25 },
    );
    expect((await verifyUsage(pool)).differences).toEqual([]);
    const { rows } = await pool.query<{ starts: string[] }>(
      `select array_agg(distinct to_char(period_start, 'MM-DD') order by to_char(period_start, 'MM-DD')) as starts from quota_counters`,
    );
    expect(rows[0]!.starts).toEqual(['08-31', '09-30', '10-31', '11-30']);
  }, 60_000);
});

describe('closing a period', () => {
  it('writes down once what it came to, an hour after its end, and a late or repeated run changes nothing', async () => {
    const organizationId = await createSubscriber(pool);
    await startPlan(pool, organizationId, 'starter', new Date('2026-10-15T00:00:00Z'));
    await addGrant(pool, organizationId, {
      metric: 'api_calls',
      units: 500,
      grantedAt: new Date('2026-10-02T00:00:00Z'),
    });
    const record = (units: number, at: number) =>
      usage.record([
        buildUsageEvent({
          organizationId,
          occurredAtMs: at,
          quantities: { api_calls: units, storage_gb: 30 - units / 1_000 },
        }),
      ]);
    await record(10_200, END - 5 * HOUR_MS);
    await record(1, END - 4 * HOUR_MS);
    await record(5, END + 1);
    const snapshots = () => quotas.snapshots(organizationId, true, 10);
    await quotas.closePeriods(new Date(END + HOUR_MS - 1));
    expect(await snapshots()).toEqual([]);

    const takenAt = new Date(END + HOUR_MS);
    await Promise.all([quotas.closePeriods(takenAt), quotas.closePeriods(takenAt), quotas.closePeriods(takenAt)]);
    const written = await snapshots();
    const period = {
      periodStart: new Date('2026-10-01T00:00:00Z'),
      periodEnd: new Date(END),
      planKey: 'starter',
      takenAt,
    };
    const storedThrough = expect.any(String) as string;
    const planVersionId = expect.any(String) as string;
    const upgrade = new Date('2026-10-15T00:00:00Z');
    const phase = (quantity: string) => ({
      ...{ startsAt: upgrade, endsAt: period.periodEnd, planVersionId, events: 2 },
      ...{ quantity, highest: quantity },
    });
    // Of what was granted the terms are frozen in every phase, also where nothing was used.
    const unused = {
      startsAt: period.periodStart,
      endsAt: upgrade,
      planVersionId,
      events: 0,
      quantity: '0',
      highest: '0',
    };
    expect(written).toEqual([
      {
        ...{ ...period, storedThrough, metric: 'api_calls', used: '10201', highest: '10201', events: 2 },
        ...{ included: '10500', limitUnits: null, grantUnits: '201', phases: [unused, phase('10201')] },
      },
      {
        ...{ ...period, storedThrough, metric: 'storage_gb', used: '29.999', highest: '29.999', events: 2 },
        ...{ included: '20', limitUnits: null, grantUnits: '0', phases: [phase('29.999')] },
      },
    ]);

    await record(1_000, END - HOUR_MS);
    await startPlan(pool, organizationId, 'pro', new Date('2026-10-16T00:00:00Z'));
    expect(await quotas.closePeriods(new Date(END + 24 * HOUR_MS))).toBe(0);
    expect(await snapshots()).toEqual(written);
    expect((await quotas.counters(organizationId, true, new Date(END - 1)))[0]).toMatchObject({ used: 11_201 });
  });

  it('forgets reservations 40 days after they were closed, and open ones never', async () => {
    const organizationId = await createSubscriber(pool);
    const owner = { organizationId, livemode: true };
    const at = new Date('2026-10-20T00:00:00Z');
    const reserve = () =>
      quotas.reservations.reserve(pool, owner, { metric: 'api_calls', at, units: 5, ttlMs: 3_600_000, ceiling: null });
    const [closed, open] = [await reserve(), await reserve()];
    await quotas.reservations.giveUp(owner, closed.leaseId!);
    expect(await quotas.pruneLeases()).toBe(0);
    await pool.query(
      `update quota_leases set closed_at = closed_at - interval '41 days', lent_at = lent_at - interval '41 days'`,
    );
    expect(await quotas.pruneLeases()).toBe(1);
    const { rows } = await pool.query('select id from quota_leases where organization_id = $1', [organizationId]);
    expect(rows).toEqual([{ id: open.leaseId }]);
  });
});
