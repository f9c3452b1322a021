import { pino } from 'pino';
import { InMemoryQuotaCounter } from '@/testing/in-memory-quota-counter';
import { createLeasePool } from './lease-pool';
import { handOutMs, IDLE_MS } from './pooled-lease';
import { createStoreOutage } from './store-outage';

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A pool whose clock is moved by hand; it is swept every second, as the gate does it. */
function poolOn(counter: InMemoryQuotaCounter, reclaimMs: number) {
  const world = { nowMs: 0, asked: 0 };
  const pool = createLeasePool({
    metric: 'api_calls',
    periodStartMs: counter.periodStart.getTime(),
    counter: {
      lend: async (request) => {
        world.asked += 1;
        return counter.lend('process', request);
      },
      giveBack: async (id, total, dry) => counter.giveBack(id, total, dry),
      recentLeases: async () => [],
    },
    outage: createStoreOutage({ monotonicMs: () => world.nowMs, log: pino({ level: 'silent' }) }),
    now: () => ({ monotonicMs: world.nowMs, wallMs: world.nowMs }),
    handOutMs: () => handOutMs(reclaimMs),
    mostCalls: 100,
    waitMs: 1_000,
    recallPatienceMs: 100,
    onLease: () => undefined,
  });
  counter.listen('process', { recalled: pool.recalled, changed: pool.changed });
  async function pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 1_000) {
      world.nowMs += 1_000;
      pool.sweep();
      await turn();
    }
  }
  /** Resolves to whether the units came from memory. */
  async function call(units: number): Promise<boolean> {
    const fromMemory = pool.has(units, world.nowMs, world.nowMs);
    const leases = fromMemory ? pool.take(units, 0, world.nowMs) : await pool.wait(units, 0);
    if ('kind' in leases && leases.kind !== 'taken') throw new Error(leases.kind);
    for (let n = 0; n < 5; n += 1) await turn();
    return fromMemory;
  }
  return { world, pool, pass, call };
}

describe('a caller who comes every 25 s', () => {
  it.each([
    ['with a journal', 24 * 3_600_000, 1],
    ['without one', 5 * 60_000, 1],
    ['whose calls take 812 units', 24 * 3_600_000, 812],
  ])('is answered from memory in nine calls of ten, %s', async (_how, reclaimMs, units) => {
    const { world, pass, call } = poolOn(new InMemoryQuotaCounter(10_000_000), reclaimMs);
    let fromMemory = 0;
    for (let n = 0; n < 100; n += 1) {
      fromMemory += Number(await call(units));
      await pass(25_000);
    }
    expect(fromMemory).toBeGreaterThanOrEqual(90);
    expect(world.asked).toBeLessThanOrEqual(30);
  });
});

describe('units that lie idle', () => {
  it('go back after 20 s but for those of ten calls, and these when their time is over', async () => {
    const counter = new InMemoryQuotaCounter(1_000_000);
    const { world, pool, pass, call } = poolOn(counter, 24 * 3_600_000);
    for (let n = 0; n < 200; n += 1) {
      await call(1);
      world.nowMs += 1;
    }
    expect(pool.held()).toBeGreaterThan(50);
    await pass(IDLE_MS + 1_000);
    expect(pool.held()).toBe(10);
    await pass(handOutMs(24 * 3_600_000));
    expect([pool.held(), pool.leases()]).toEqual([0, 0]);
  });

  it('go back whole after 20 s once a call was refused, however few they are and whatever calls cost', async () => {
    const counter = new InMemoryQuotaCounter(1_000);
    const { pool, pass, call } = poolOn(counter, 24 * 3_600_000);
    await call(7);
    await pass(1_000);
    // Less than is lent: nothing more comes, nobody could have what this process holds, and in the end it is too little for a call.
    counter.limit = 10;
    while (pool.held() >= 7) await call(7);
    const rest = pool.held();
    expect(rest).toBeGreaterThan(0);
    await expect(call(7)).rejects.toThrow('refused');
    expect(pool.held()).toBe(rest);
    await pass(IDLE_MS);
    expect([pool.held(), pool.leases()]).toEqual([0, 0]);
  });

  it('go back at once when others lack them', async () => {
    const counter = new InMemoryQuotaCounter(100);
    const { pool, pass, call } = poolOn(counter, 24 * 3_600_000);
    await call(1);
    await pass(300_000);
    expect(pool.held()).toBeGreaterThan(0);
    expect(counter.lend('other', { need: 95, want: 95 }).outcome).toBe('recall');
    await turn();
    await turn();
    expect([pool.held(), counter.lend('other', { need: 95, want: 95 }).outcome]).toEqual([0, 'lent']);
  });
});
