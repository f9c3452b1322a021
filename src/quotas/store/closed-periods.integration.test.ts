import fc from 'fast-check';
import { type Pool } from 'pg';
import { type UsageStore, verifyUsage } from '@/metering';
import { type UsageEvent } from '@/metering/contracts';
import { createSubscriber, quotaStoresOn, startPlan } from '@/testing/quota-fixture';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { buildUsageEvent } from '@/testing/usage-event-builder';
import { type QuotaStore } from './quota-store';

const FROM = Date.UTC(2026, 9, 1);
const END = Date.UTC(2026, 10, 1);
const HOUR_MS = 3_600_000;
const CLOSED_AT = new Date(END + HOUR_MS);
const SUMMED = ['ai_tokens', 'tries', 'members', 'storage_gb', 'user_sessions'] as const;
type Metric = (typeof SUMMED)[number];

let database: TestDatabase;
let pool: Pool;
let quotas: QuotaStore;
let usage: UsageStore;
beforeAll(async () => {
  database = await createTestDatabase();
  pool = database.pool;
  ({ quotaStore: quotas, usageStore: usage } = quotaStoresOn(pool));
  await pool.query(`insert into metrics (key, name, unit, aggregation) values ('tries', 'Tries', 'try', 'count')`);
});
afterAll(() => database.drop());

type Draft = Pick<UsageEvent, 'occurredAtMs' | 'quantities'>;

/** What a phase came to, from the events as they were recorded, in the plainest way. */
function cameTo(drafts: readonly Draft[], metric: Metric, from: number, to: number): number | null {
  const reports = drafts
    .filter(({ quantities, occurredAtMs }) => quantities[metric] !== undefined && occurredAtMs < to)
    .map(({ occurredAtMs, quantities }) => ({ at: occurredAtMs, value: quantities[metric]! }));
  const within = reports.filter(({ at }) => at >= from);
  const isGauge = metric === 'members' || metric === 'storage_gb';
  if (isGauge ? reports.length === 0 : within.length === 0) return null;
  if (metric === 'ai_tokens') return within.reduce((sum, { value }) => sum + Number(value), 0);
  if (metric === 'tries') return within.length;
  if (metric === 'user_sessions') return new Set(within.map(({ value }) => value)).size;
  // Sorting is stable: of two reports of one instant the one that was stored later comes last.
  const latest = (all: typeof reports) => [...all].sort((a, b) => a.at - b.at).at(-1);
  const carried = latest(reports.filter(({ at }) => at <= from));
  const levels = carried && carried.at < from ? [carried, ...within] : within;
  const highest = Math.max(...levels.map(({ value }) => Number(value)));
  if (highest === 0 && within.length === 0) return null;
  return metric === 'storage_gb' ? Number(latest(reports)!.value) : highest;
}

const instant = fc.oneof(
  fc.integer({ min: FROM - 40 * 24 * HOUR_MS, max: END - 1 }),
  fc.constantFrom(FROM, FROM + 10 * HOUR_MS, FROM + 10 * HOUR_MS + 1, END - 1),
);
const draft: fc.Arbitrary<Draft> = fc.record({
  occurredAtMs: instant,
  quantities: fc.record(
    {
      ai_tokens: fc.nat(64).map((eighths) => eighths / 8),
      tries: fc.nat(5),
      members: fc.nat(20),
      storage_gb: fc.nat(50),
      user_sessions: fc.constantFrom('anna', 'ben', 'cleo'),
    },
    { requiredKeys: [] },
  ),
});
const change = fc.oneof(
  fc.integer({ min: FROM + 1, max: END - 1 }),
  fc.constantFrom(FROM + 10 * HOUR_MS, FROM + 10 * HOUR_MS + 1, END - 24 * HOUR_MS, END - 1),
);

describe('a closed period', () => {
  it('has for each plan that held in it what was used meanwhile, to the millisecond and by aggregation, and it can be proven', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(draft, { minLength: 1, maxLength: 25 }),
        fc.uniqueArray(change, { maxLength: 3 }),
        async (drafts, changes) => {
          const organizationId = await createSubscriber(pool);
          const plans = ['starter', 'pro', 'business'];
          for (const [n, at] of changes.entries()) await startPlan(pool, organizationId, plans[n]!, new Date(at));
          for (let n = 0; n < drafts.length; n += 4) {
            const events = drafts.slice(n, n + 4).map((given) => buildUsageEvent({ organizationId, ...given }));
            await usage.record(events);
          }
          await quotas.closePeriods(CLOSED_AT);
          const snapshots = (await quotas.snapshots(organizationId, true, 100)).filter(
            ({ periodStart }) => periodStart.getTime() === FROM,
          );
          const bounds = [FROM, ...[...changes].sort((a, b) => a - b), END];
          for (let n = 0; n + 1 < bounds.length; n += 1) {
            const [from, to] = [bounds[n]!, bounds[n + 1]!];
            const frozen = Object.fromEntries(
              snapshots.flatMap(({ metric, phases }) => {
                const phase = phases.find(({ startsAt }) => startsAt.getTime() === from);
                return phase ? [[metric, [phase.endsAt.getTime(), Number(phase.quantity)]]] : [];
              }),
            );
            const expected = Object.fromEntries(
              SUMMED.flatMap((metric) => {
                const quantity = cameTo(drafts, metric, from, to);
                return quantity === null ? [] : [[metric, [to, quantity]]];
              }),
            );
            expect(frozen).toEqual(expected);
          }
        },
      ),
      { numRuns: 30 },
    );
    expect((await verifyUsage(pool)).differences).toEqual([]);
  }, 120_000);

  it('keeps the overage before an upgrade on its last day', async () => {
    const organizationId = await createSubscriber(pool);
    await startPlan(pool, organizationId, 'starter', new Date(FROM - 1));
    await startPlan(pool, organizationId, 'pro', new Date(END - 5 * HOUR_MS + 1));
    const record = (at: number, units: number) =>
      usage.record([buildUsageEvent({ organizationId, occurredAtMs: at, quantities: { api_calls: units } })]);
    await record(END - 5 * HOUR_MS, 12_000.25);
    await record(END - 5 * HOUR_MS + 1, 700.5);
    await quotas.closePeriods(CLOSED_AT);
    const [snapshot] = await quotas.snapshots(organizationId, true, 1);
    expect(snapshot).toMatchObject({ used: '12700.75', planKey: 'pro', included: '100000' });
    expect(snapshot!.phases.map(({ quantity }) => quantity)).toEqual(['12000.25', '700.5']);
  });

  it('keeps apart, event by event, what is stored after its cutoff, also of a metric that it did not have', async () => {
    const organizationId = await createSubscriber(pool);
    const event = (given: Partial<UsageEvent>) =>
      buildUsageEvent({ organizationId, occurredAtMs: END - HOUR_MS, ...given });
    await usage.record([event({ quantities: { api_calls: 5 } })]);
    await quotas.closePeriods(CLOSED_AT);
    await usage.record([
      event({ id: '00000000-0000-4000-8000-000000000001', quantities: { api_calls: 2 } }),
      event({ id: '00000000-0000-4000-8000-000000000002', quantities: { documents: 1 } }),
      event({ occurredAtMs: END, quantities: { api_calls: 100 } }),
    ]);
    const late = async () => {
      const { rows } = await pool.query<{ event_key: string; is_after: boolean }>(
        `select l.event_key, l.stored_at > c.stored_through as is_after from late_usage_events l
         join closed_periods c using (organization_id, period_start) where organization_id = $1 order by 1`,
        [organizationId],
      );
      return rows.map(({ event_key, is_after }) => [event_key.slice(-1), is_after]);
    };
    expect(await late()).toEqual([
      ['1', true],
      ['2', true],
    ]);
    expect(await quotas.closePeriods(CLOSED_AT)).toBe(0);
    const snapshots = await quotas.snapshots(organizationId, true, 10);
    expect(snapshots.map(({ metric, used }) => [metric, used])).toEqual([['api_calls', '5']]);
    expect((await verifyUsage(pool)).differences).toEqual([]);
    await pool.query(`delete from late_usage_events where organization_id = $1 and event_key::text like '%1'`, [
      organizationId,
    ]);
    await pool.query(`update quota_phase_snapshots set quantity = 6 where organization_id = $1`, [organizationId]);
    expect((await verifyUsage(pool)).differences.map(({ check }) => check).sort()).toEqual([
      'late = raw',
      'phase = raw',
      'snapshot = phases',
    ]);
    await pool.query(`delete from organizations where id = $1`, [organizationId]);
  });

  it('is closed although another cannot be, and that is said', async () => {
    const [good, bad] = [await createSubscriber(pool), await createSubscriber(pool)];
    for (const organizationId of [good, bad]) {
      await usage.record([buildUsageEvent({ organizationId, occurredAtMs: FROM, quantities: { api_calls: 1 } })]);
    }
    await pool.query('delete from usage_ledgers where organization_id = $1', [bad]);
    await expect(quotas.closePeriods(CLOSED_AT)).rejects.toThrow('1 periods could not be closed');
    expect(await quotas.snapshots(good, true, 1)).toHaveLength(1);
  });
});
