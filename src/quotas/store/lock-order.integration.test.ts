import { randomUUID } from 'node:crypto';
import { type Pool } from 'pg';
import { inTransaction, sqlStateOf } from '@/db';
import { type UsageStore, verifyUsage } from '@/metering';
import { type UsageEvent } from '@/metering/contracts';
import {
  addGrant,
  createSubscriber,
  lendRequest,
  quotaStoresOn,
  setSpendCap,
  startPlan,
} from '@/testing/quota-fixture';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { buildUsageEvent } from '@/testing/usage-event-builder';
import { type SpendCap } from '../spend-cap';
import { type QuotaStore } from './quota-store';

const METRICS = ['ai_tokens', 'api_calls', 'documents'];
const ROUNDS = 15;
const WRITERS = 3;

let database: TestDatabase;
let pool: Pool;
let quotas: QuotaStore;
let usage: UsageStore;
let spendCap: SpendCap;
let organizations: string[];

beforeAll(async () => {
  database = await createTestDatabase({ connections: 24 });
  pool = database.pool;
  ({ quotaStore: quotas, usageStore: usage, spendCap } = quotaStoresOn(pool));
  organizations = await Promise.all(Array.from({ length: 4 }, () => createSubscriber(pool)));
  for (const [n, organizationId] of organizations.entries()) {
    await startPlan(pool, organizationId, 'starter', new Date('2020-01-01T00:00:00Z'));
    if (n === 0) await setSpendCap(pool, organizationId, 1_000_000);
    for (const metric of METRICS) {
      for (let grant = 0; grant < 3; grant += 1) {
        await addGrant(pool, organizationId, { metric, units: 1e6, grantedAt: new Date('2020-01-01T00:00:00Z') });
      }
    }
  }
});
afterAll(() => database.drop());

/** Each round is a month of its own, so that every one of them can be closed. */
const instant = (round: number) => new Date(Date.UTC(2024, round, 15));
const shuffled = <T>(items: readonly T[]): T[] =>
  items
    .map((item) => [Math.random(), item] as const)
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item);

/** What one writer does in a round: everything that locks, over several organizations and metrics. */
async function live(round: number): Promise<void> {
  const at = instant(round);
  const holderId = randomUUID();
  const leases = new Map<string, UsageEvent>();
  for (const organizationId of shuffled(organizations)) {
    for (const metric of shuffled(METRICS)) {
      const request = lendRequest({ organizationId, at, metric, want: 20, holderId });
      const loan = await (organizationId === organizations[0] ? spendCap.lend(request) : quotas.lend(request));
      if (loan.leaseId === null) continue;
      const event = { organizationId, occurredAtMs: at.getTime(), quantities: { [metric]: 300_000 } };
      leases.set(
        loan.leaseId,
        buildUsageEvent({ ...event, leases: [{ leaseId: loan.leaseId, metric, units: Math.min(5, loan.units) }] }),
      );
    }
  }
  await usage.record(shuffled([...leases.values()]), { fenced: round % 2 === 0 });
  const [returned] = leases.keys();
  if (returned) await quotas.return(returned, 3, true);
  if (round % 3 === 0) await quotas.releaseHolder(holderId);
}

async function reserve(round: number): Promise<void> {
  const at = instant(round);
  const [organizationId] = shuffled(organizations);
  const owner = { organizationId: organizationId!, livemode: true };
  const request = { metric: METRICS[round % 3]!, at, units: 5, ttlMs: 60_000, ceiling: null };
  const { leaseId } = await quotas.reservations.reserve(pool, owner, request);
  if (leaseId === null) return;
  await quotas.reservations.extend(pool, owner, leaseId, { units: 9, at, ceiling: null });
  await quotas.reservations.giveUp(owner, leaseId);
}

/** As an admin does it: the subscription first, then what hangs on it. */
const grant = (round: number) =>
  inTransaction(pool, async (client) => {
    const [organizationId] = shuffled(organizations);
    await client.query('select from subscriptions where organization_id = $1 for update', [organizationId]);
    await client.query(
      `update quota_grants set units = units + 1 where id = (select id from quota_grants where organization_id = $1 order by id limit 1)`,
      [organizationId],
    );
    await client.query('select resolve_usage_alerts($1, $2)', [organizationId, instant(round)]);
  });

describe('everything that locks', () => {
  it('does so in one order: recording, lending, releasing, closing and granting at once never wait for each other in a circle', async () => {
    // A circle is found at once instead of after a second.
    await pool.query(
      `do $$ begin execute format('alter database %I set deadlock_timeout = ''20ms''', current_database()); end $$`,
    );
    for (let round = 0; round < ROUNDS; round += 1) {
      const work = [
        ...Array.from({ length: WRITERS }, (_, n) => () => live(round + n)),
        () => reserve(round),
        () => reserve(round + 1),
        () => grant(round),
        () =>
          pool.query(
            `update quota_leases set reclaim_at = clock_timestamp() where id in (select id from quota_leases where holder_id is not null limit 20 for update skip locked)`,
          ),
        () => quotas.releaseExpired(),
        () => quotas.closePeriods(instant(round + 1)),
      ];
      const outcomes = await Promise.allSettled(shuffled(work).map((task) => task()));
      const failures = outcomes.flatMap((outcome) =>
        outcome.status === 'rejected' ? [outcome.reason as unknown] : [],
      );
      expect(failures.map((failure) => `${sqlStateOf(failure) ?? ''} ${String(failure)}`)).toEqual([]);
    }
    const { rows } = await pool.query<{ deadlocks: string }>(
      `select deadlocks from pg_stat_database where datname = current_database()`,
    );
    expect(Number(rows[0]!.deadlocks)).toBe(0);
    expect((await verifyUsage(pool)).differences).toEqual([]);
  }, 120_000);
});
