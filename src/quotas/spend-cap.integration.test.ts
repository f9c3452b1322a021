import { setTimeout } from 'node:timers/promises';
import { verifyUsage } from '@/metering';
import { lendRequest, setSpendCap, startPlan } from '@/testing/quota-fixture';
import {
  committedCents,
  createSpender,
  publishMeteredPlan,
  SPENT_METRICS,
  type SpendingProcess,
  startSpendingProcess,
} from '@/testing/spend-world';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { buildUsageEvent } from '@/testing/usage-event-builder';
import { lockSpendCap } from './store/quota-lease-queries';

const OCTOBER = new Date('2026-10-20T12:00:00Z');
const NOVEMBER = new Date('2026-11-02T12:00:00Z');
const TTL_MS = 60_000;

let database: TestDatabase;
let processes: SpendingProcess[];
let now = OCTOBER;
beforeAll(async () => {
  database = await createTestDatabase();
  await publishMeteredPlan(database);
  processes = Array.from({ length: 4 }, () => startSpendingProcess(database, { now: () => now }));
});
afterAll(async () => {
  await Promise.all(processes.map((process) => process.close()));
  await database.drop();
});
beforeEach(() => {
  now = OCTOBER;
});

const process = (slot: number) => processes[slot % processes.length]!;
const live = (organizationId: string) => ({ organizationId, livemode: true });
const cents = (organizationId: string, at = OCTOBER) => committedCents(database, organizationId, at);

/** Sets units aside; resolves to whether it was granted. */
async function reserve(slot: number, organizationId: string, metric: string, units: number): Promise<boolean> {
  const result = await process(slot).reservations.reserve(live(organizationId), { metric, units, ttlMs: TTL_MS });
  if (result.outcome === 'refused') expect(result.reason).toBe('spend_cap');
  return result.outcome === 'reserved';
}
async function lend(slot: number, organizationId: string, metric: string, need: number): Promise<boolean> {
  const { outcome } = await process(slot).lend(organizationId, { metric, need });
  return outcome === 'lent';
}

describe('the last of the money', () => {
  const CAP = 100;
  type Ask = (slot: number, organizationId: string) => Promise<boolean>;
  const documents: Ask = (slot, id) => reserve(slot, id, 'documents', 4);
  const tokens: Ask = (slot, id) => reserve(slot, id, 'ai_tokens', 420);
  const calls: Ask = (slot, id) => lend(slot, id, 'api_calls', 110);

  it.each<[string, Ask[]]>([
    ['two reservations of different metrics', [documents, tokens]],
    ['a reservation and a lease of another metric', [documents, calls]],
    [
      'leases and reservations of four metrics',
      [documents, calls, tokens, (slot, id) => lend(slot, id, 'call_minutes', 19)],
    ],
  ])(
    'is given to one of %s that come at once',
    async (_what, asks) => {
      for (let round = 0; round < 40; round++) {
        const organizationId = await createSpender(database, CAP);
        const granted = await Promise.all(asks.map((ask, slot) => ask(slot + round, organizationId)));
        expect(granted.filter(Boolean)).toHaveLength(1);
        expect(await cents(organizationId)).toBeLessThanOrEqual(CAP);
      }
    },
    60_000,
  );

  it('is given to a commit of more than was reserved, or to a lease of another metric', async () => {
    for (let round = 0; round < 40; round++) {
      const organizationId = await createSpender(database, CAP);
      const owner = live(organizationId);
      const made = await process(round).reservations.reserve(owner, { metric: 'documents', units: 2, ttlMs: TTL_MS });
      if (made.outcome !== 'reserved') throw new Error('what is included is refused');
      const [committed, lent] = await Promise.all([
        process(round).reservations.commit(owner, made.reservation.id, 4),
        calls(round + 1, organizationId),
      ]);
      expect([committed.outcome, lent]).toEqual(lent ? ['refused', true] : ['committed', false]);
      expect(await cents(organizationId)).toBe(CAP);
    }
  }, 60_000);
});

/** Numbers that look random and are the same each time. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

/** Borrows, reserves, uses, commits, gives back; in the end holds nothing. */
async function spend(
  { lend: borrow, giveBack, reservations, usageStore }: SpendingProcess,
  organizationId: string,
  seed: number,
) {
  const roll = dice(seed);
  const leases: { id: string; metric: string; units: number; returned: number }[] = [];
  const reserved: { id: string; units: number }[] = [];
  let refusals = 0;
  for (let turn = 0; turn < 40; turn++) {
    const metric = SPENT_METRICS[roll(SPENT_METRICS.length)]!;
    const need = 1 + roll(metric === 'documents' ? 3 : 40);
    if (roll(2) === 0) {
      const loan = await borrow(organizationId, { metric, need, want: need + roll(60) });
      if (loan.leaseId !== null) leases.push({ id: loan.leaseId, metric, units: loan.units, returned: 0 });
      else refusals += 1;
    } else {
      const made = await reservations.reserve(live(organizationId), { metric, units: need, ttlMs: TTL_MS });
      if (made.outcome === 'reserved') reserved.push(made.reservation);
      else refusals += 1;
    }
    const lease = roll(3) === 0 ? leases.shift() : undefined;
    if (lease) {
      const used = roll(lease.units + 1);
      const quantities = { [lease.metric]: used };
      const taken = [{ leaseId: lease.id, metric: lease.metric, units: used }];
      await giveBack(lease.id, lease.units - used);
      await usageStore.record([
        buildUsageEvent({ organizationId, occurredAtMs: now.getTime(), quantities, leases: taken }),
      ]);
    }
    const reservation = roll(3) === 0 ? reserved.shift() : undefined;
    if (reservation) {
      // Often more than was set aside.
      const done = await reservations.commit(live(organizationId), reservation.id, roll(reservation.units * 2));
      if (done.outcome === 'refused') reserved.push(reservation);
    }
  }
  for (const { id, units } of leases) await giveBack(id, units);
  for (const { id } of reserved) await reservations.release(live(organizationId), id);
  return refusals;
}

it('is never overrun by leases and reservations of many metrics at once, and all of it can be spent', async () => {
  for (let round = 0; round < 3; round++) {
    const capMinor = 100 + 600 * round;
    const organizationId = await createSpender(database, capMinor);
    let spending = true;
    const workers = Array.from({ length: 8 }, (_, worker) =>
      spend(process(worker), organizationId, round * 8 + worker),
    );
    const done = Promise.all(workers).finally(() => (spending = false));
    let highest = 0;
    while (spending) {
      highest = Math.max(highest, await cents(organizationId));
      // Those who spend need the processor too.
      await setTimeout(10);
    }
    const refusals = (await done).reduce((sum, each) => sum + each, 0);
    expect([highest <= capMinor, refusals > 0]).toEqual([true, true]);

    // A call costs a cent, so what is left can be spent to the last.
    expect(await cents(organizationId)).toBeLessThanOrEqual(capMinor);
    for (let units = 2_048; units >= 1; units = Math.floor(units / 2)) {
      while (await reserve(round, organizationId, 'api_calls', units));
    }
    expect(await cents(organizationId)).toBe(capMinor);
  }
  expect((await verifyUsage(database.pool)).differences).toEqual([]);
}, 120_000);

it('is that of the period in which a reservation counts, also when it is committed with more in the next', async () => {
  const organizationId = await createSpender(database, 100);
  const owner = live(organizationId);
  const made = await process(0).reservations.reserve(owner, { metric: 'documents', units: 2, ttlMs: TTL_MS });
  if (made.outcome !== 'reserved') throw new Error('what is included is refused');
  expect(await reserve(1, organizationId, 'api_calls', 60)).toBe(true);
  now = NOVEMBER;
  const commit = (units: number) => process(2).reservations.commit(owner, made.reservation.id, units);
  expect(await commit(4)).toMatchObject({ outcome: 'refused', reason: 'spend_cap' });
  expect(await commit(3)).toMatchObject({ outcome: 'committed' });
  expect([await cents(organizationId, OCTOBER), await cents(organizationId, NOVEMBER)]).toEqual([100, 0]);
  expect(await reserve(3, organizationId, 'documents', 4)).toBe(true);
});

it('is priced by the plan that holds when units are lent', async () => {
  const organizationId = await createSpender(database, 100);
  await startPlan(database.pool, organizationId, 'starter', new Date('2026-10-01T00:00:00Z'));
  const lend = (need: number) => process(0).spendCap.lend(lendRequest({ organizationId, at: OCTOBER, need }));
  expect(await lend(10_501)).toMatchObject({ outcome: 'spend_cap', limitUnits: 10_500 });
  await startPlan(database.pool, organizationId, 'pro', new Date('2026-10-20T00:00:00Z'));
  expect(await lend(10_500)).toMatchObject({ outcome: 'spend_cap', limitUnits: 110 });
  expect(await lend(110)).toMatchObject({ outcome: 'lent' });
});

it('is not overrun by units that come back where fewer cost more', async () => {
  const organizationId = await createSpender(database, 200);
  const owner = live(organizationId);
  // By volume: 60 minutes cost 1.20, and 40 of them 2.00.
  const made = await process(0).reservations.reserve(owner, { metric: 'call_minutes', units: 60, ttlMs: TTL_MS });
  if (made.outcome !== 'reserved') throw new Error('refused');
  expect(await reserve(1, organizationId, 'documents', 3)).toBe(false);
  expect(await process(2).reservations.commit(owner, made.reservation.id, 40)).toMatchObject({ outcome: 'committed' });
  expect(await cents(organizationId)).toBe(200);
});

it('asks nobody to wait where there is none, and limits nothing where it is taken away', async () => {
  const organizationId = await createSpender(database, null);
  const holder = await database.pool.connect();
  await holder.query('begin');
  expect(await lockSpendCap(holder, organizationId)).toBeNull();
  expect(await reserve(0, organizationId, 'documents', 1_000)).toBe(true);
  expect(await lend(1, organizationId, 'api_calls', 1)).toBe(false);
  await holder.query('rollback');
  holder.release();
  await setSpendCap(database.pool, organizationId, 0);
  expect(await reserve(0, organizationId, 'ai_tokens', 101)).toBe(false);
  expect(await reserve(0, organizationId, 'ai_tokens', 100)).toBe(true);
});

it('is not held for ever by a process that stops half-way', async () => {
  const organizationId = await createSpender(database, 100);
  const stopped = await database.pool.connect();
  await stopped.query('begin');
  expect(await lockSpendCap(stopped, organizationId)).toBe(100);
  const ends: unknown[] = [];
  stopped.on('error', (error) => ends.push(error));
  expect(await reserve(0, organizationId, 'documents', 4)).toBe(true);
  expect(ends[0]).toMatchObject({ code: '25P03' });
  stopped.release(true);
}, 30_000);
