import { randomUUID } from 'node:crypto';
import { type Pool } from 'pg';
import { type UsageStore, verifyUsage } from '@/metering';
import { RESERVATIONS } from '@/metering/contracts';
import { createSubscriber, lendRequest, quotaStoresOn, setIncluded } from '@/testing/quota-fixture';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { buildUsageEvent } from '@/testing/usage-event-builder';
import { createQuotaReservations, type QuotaReservations } from './quota-reservations';
import { type QuotaStore } from './store/quota-store';

const AT = new Date('2026-10-31T23:59:00Z');
const MINUTE_MS = 60_000;

let database: TestDatabase;
let pool: Pool;
let quotas: QuotaStore;
let usage: UsageStore;
let reservations: QuotaReservations;
let owner: { organizationId: string; livemode: boolean };
let now = AT;
beforeAll(async () => {
  database = await createTestDatabase();
  pool = database.pool;
  const { quotaStore, usageStore, spendCap } = quotaStoresOn(pool);
  [quotas, usage] = [quotaStore, usageStore];
  const clock = { now: () => now };
  reservations = createQuotaReservations({ store: quotas.reservations, usageStore, spendCap, clock });
});
afterAll(() => database.drop());
beforeEach(async () => {
  now = AT;
  owner = { organizationId: await createSubscriber(pool), livemode: true };
});
afterEach(async () => {
  expect((await verifyUsage(pool)).differences).toEqual([]);
});

const reserve = async (units: number): Promise<string> => {
  const result = await reservations.reserve(owner, { metric: 'ai_tokens', units, ttlMs: MINUTE_MS });
  if (result.outcome !== 'reserved') throw new Error(`not reserved: ${result.reason}`);
  return result.reservation.id;
};
const counter = async () => {
  const [found] = await quotas.counters(owner.organizationId, true, AT);
  return found && { used: found.used, leased: found.leased };
};
const expire = (id: string) => pool.query(`update quota_leases set reclaim_at = clock_timestamp() where id = $1`, [id]);

describe('a reservation', () => {
  it('sets exactly its units aside, and its commit counts what was used and gives back the rest', async () => {
    const id = await reserve(6_000);
    expect(await counter()).toEqual({ used: 0, leased: 6_000 });
    const refused = await reservations.reserve(owner, { metric: 'ai_tokens', units: 4_001, ttlMs: MINUTE_MS });
    expect(refused).toMatchObject({ outcome: 'refused', reason: 'quota', terms: { used: 0, limitUnits: 10_000 } });
    const result = await reservations.commit(owner, id, 1_234.5);
    expect(result).toMatchObject({ outcome: 'committed', reservation: { committed: 1_234.5, status: 'committed' } });
    expect(await counter()).toEqual({ used: 1_234.5, leased: 0 });
  });

  it('gives the same answer to a repeated commit, and a conflict to another quantity, also when they come at once', async () => {
    const id = await reserve(100);
    const results = await Promise.all([40, 40, 40, 70, 70].map((units) => reservations.commit(owner, id, units)));
    const used = Number((await counter())!.used);
    expect([40, 70]).toContain(used);
    results.forEach(({ outcome }, index) => {
      expect(outcome).toBe((index < 3 ? 40 : 70) === used ? 'committed' : 'conflict');
    });
    await expect(reservations.commit(owner, id, used)).resolves.toMatchObject({ outcome: 'committed' });
    await expect(reservations.commit(owner, id, 41)).resolves.toMatchObject({
      outcome: 'conflict',
      reservation: { committed: used },
    });
    await expect(reservations.release(owner, id)).resolves.toMatchObject({ outcome: 'committed' });
  });

  it('commits nothing after it was released or has expired, and then counts nothing', async () => {
    const [released, expired, cleared] = [await reserve(10), await reserve(20), await reserve(30)];
    await expect(reservations.release(owner, released)).resolves.toMatchObject({ outcome: 'released' });
    await expect(reservations.release(owner, released)).resolves.toMatchObject({ outcome: 'released' });
    await expect(reservations.commit(owner, released, 5)).resolves.toMatchObject({ outcome: 'released' });
    await expire(expired);
    await expect(reservations.commit(owner, expired, 5)).resolves.toMatchObject({ outcome: 'expired' });
    await expire(cleared);
    await quotas.releaseExpired();
    await expect(reservations.commit(owner, cleared, 5)).resolves.toMatchObject({ outcome: 'expired' });
    expect(await counter()).toEqual({ used: 0, leased: 0 });
  });

  it('commits more than it reserved if that fits, and refuses it otherwise without losing what it holds', async () => {
    await setIncluded(pool, owner.organizationId, 'ai_tokens', 100);
    const [first, second] = [await reserve(40), await reserve(40)];
    await expect(reservations.commit(owner, first, 61)).resolves.toEqual({
      outcome: 'refused',
      metric: 'ai_tokens',
      reason: 'quota',
      terms: { used: 0, leased: 80, limitUnits: 100, fitsInMs: expect.any(Number) as number },
    });
    expect(await counter()).toEqual({ used: 0, leased: 80 });
    await expect(reservations.commit(owner, first, 60)).resolves.toMatchObject({
      outcome: 'committed',
      reservation: { committed: 60 },
    });
    await expect(reservations.commit(owner, second, 40)).resolves.toMatchObject({ outcome: 'committed' });
    expect(await counter()).toEqual({ used: 100, leased: 0 });
  });

  it('waits a moment for what processes hold, and counts on nothing that they do not return', async () => {
    await setIncluded(pool, owner.organizationId, 'ai_tokens', 80);
    const lease = await quotas.lend(lendRequest({ ...owner, metric: 'ai_tokens', at: AT, want: 10 }));
    const waiting = reserve(78);
    await new Promise((resolve) => setTimeout(resolve, 40));
    await quotas.return(lease.leaseId!, 8, true);
    await waiting;
    await expect(
      reservations.reserve(owner, { metric: 'ai_tokens', units: 1, ttlMs: MINUTE_MS }),
    ).resolves.toMatchObject({ outcome: 'refused' });
  });

  it('is counted in its own period when it is committed in the next', async () => {
    const id = await reserve(500);
    now = new Date(AT.getTime() + 2 * MINUTE_MS);
    await expect(reservations.commit(owner, id, 300)).resolves.toMatchObject({ outcome: 'committed' });
    expect(await counter()).toEqual({ used: 300, leased: 0 });
    expect(await quotas.counters(owner.organizationId, true, now)).toEqual([]);
  });

  it('holds and counts where nothing is limited too, and may come to nothing', async () => {
    await setIncluded(pool, owner.organizationId, 'ai_tokens', null);
    const [some, none] = [await reserve(1_000_000), await reserve(5)];
    await expect(reservations.commit(owner, some, 900_000)).resolves.toMatchObject({ outcome: 'committed' });
    await expect(reservations.commit(owner, none, 0)).resolves.toMatchObject({
      outcome: 'committed',
      reservation: { committed: 0 },
    });
    await expect(reservations.commit(owner, none, 0)).resolves.toMatchObject({ outcome: 'committed' });
    expect(await counter()).toEqual({ used: 900_000, leased: 0 });
  });

  it('belongs to its organization and mode, and to metrics that are added up', async () => {
    const id = await reserve(10);
    const stranger = { organizationId: await createSubscriber(pool), livemode: true };
    for (const other of [stranger, { ...owner, livemode: false }]) {
      await expect(reservations.commit(other, id, 1)).resolves.toEqual({ outcome: 'unknown' });
      await expect(reservations.release(other, id)).resolves.toEqual({ outcome: 'unknown' });
    }
    await expect(reservations.release(owner, randomUUID())).resolves.toEqual({ outcome: 'unknown' });
    for (const metric of ['storage_gb', 'user_sessions', 'no_such_metric']) {
      const asked = reservations.reserve(owner, { metric, units: 1, ttlMs: MINUTE_MS });
      await expect(asked).rejects.toMatchObject({ code: 'invalid_request' });
    }
    await reservations.release(owner, id);
  });

  it('is committed whatever somebody else reported under its id, or under that of the other mode', async () => {
    const id = await reserve(10);
    const taken = { organizationId: owner.organizationId, id: `reservation:${id}`, occurredAtMs: AT.getTime() };
    const outcomes = await usage.record([
      buildUsageEvent({ ...taken, source: { kind: 'reported', name: 'reservations' } }),
      buildUsageEvent({ ...taken, source: { kind: 'imported', name: 'reservations' } }),
      buildUsageEvent({ ...taken, source: RESERVATIONS, livemode: !owner.livemode }),
    ]);
    expect(outcomes).toEqual([{ outcome: 'accepted' }, { outcome: 'accepted' }, { outcome: 'accepted' }]);
    await expect(reservations.commit(owner, id, 5)).resolves.toMatchObject({ outcome: 'committed' });
  });
});
