import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { Pool } from 'pg';
import { verifyUsage } from '@/metering';
import { type UsageEvent } from '@/metering/contracts';
import { createSubscriber, lendRequest, quotaStoresOn, setIncluded } from '@/testing/quota-fixture';
import { createQuotaWorld } from '@/testing/quota-fleet/quota-world';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { buildUsageEvent } from '@/testing/usage-event-builder';

const PROCESSES = 4;
type World = Awaited<ReturnType<typeof createQuotaWorld>>;
type Step = (world: World) => Promise<void> | void;

const slot = fc.nat(PROCESSES - 1);
const which = fc.nat(5);
/** Eighths are exact in binary, so that a sum of them can be compared. */
const units = fc.oneof(
  fc.integer({ min: 1, max: 9 }),
  fc.integer({ min: 1, max: 40 }).map((eighths) => eighths / 8),
);
const period = fc.nat(1);

const weighted = <A>(
  weight: number,
  given: fc.Arbitrary<A>,
  take: (world: World, given: A) => Promise<void> | void,
) => ({
  weight,
  arbitrary: given.map(
    (drawn): Step =>
      (world) =>
        take(world, drawn),
  ),
});
const steps = [
  weighted(8, fc.tuple(slot, period, units, fc.nat(20)), (world, given) => world.lend(...given)),
  weighted(8, fc.tuple(slot, which, units), (world, given) => world.consume(...given)),
  weighted(4, fc.tuple(slot, fc.nat(6), fc.boolean()), (world, given) => world.record(...given)),
  weighted(3, fc.tuple(slot, which, fc.boolean()), (world, given) => world.giveBack(...given)),
  weighted(2, slot, (world, given) => world.crash(given)),
  weighted(3, fc.boolean(), (world, given) => world.bury(given)),
  weighted(2, slot, (world, given) => world.expireFenced(given)),
  weighted(1, fc.integer({ min: 1, max: 6 }), (world, given) => world.grant(given)),
];
const limitChange = weighted(2, fc.integer({ min: 5, max: 40 }), (world, given) => world.setLimit(given));

describe('leases', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase({ connections: 20 });
  });
  afterAll(() => database.drop());

  /** Lives through random lives of a world. A limit that never changes is held against without any slack. */
  const live = (step: fc.Arbitrary<Step>, included: number) =>
    fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 120, size: 'max' }), async (life) => {
        const world = await createQuotaWorld(database.pool, { processes: PROCESSES, included });
        for (const take of life) {
          await take(world);
          await world.check();
        }
        await world.drain();
      }),
      { numRuns: 60 },
    );

  it('keep granted ≤ limit and used = Σ events through any interleaving of lease, use, record, return, expiry, crash, replay, rollover and grant', async () => {
    await live(fc.oneof(...steps), 12);
    expect((await verifyUsage(database.pool)).differences).toEqual([]);
  }, 300_000);

  it('keep the same while the limit is raised and lowered: nothing is lent beyond the one that holds', async () => {
    await live(fc.oneof(...steps, limitChange), 20);
    expect((await verifyUsage(database.pool)).differences).toEqual([]);
  }, 300_000);

  it('grant all of a quota and not one unit more to processes that borrow, use, record, return and die at once', async () => {
    const LIMIT = 1_000;
    const organizationId = await createSubscriber(database.pool);
    await setIncluded(database.pool, organizationId, 'api_calls', LIMIT);
    const at = new Date('2026-10-20T12:00:00Z');
    const pools = Array.from({ length: 4 }, () => new Pool({ connectionString: database.url, max: 4 }));
    const answered: UsageEvent[] = [];
    /** How others call back what a worker has not handed out. */
    const recalls: (() => Promise<void>)[] = [];

    async function work(worker: number): Promise<void> {
      const { quotaStore, usageStore } = quotaStoresOn(pools[worker % pools.length]!);
      let holderId = randomUUID();
      /** Leases that others may call back, with what is left of them to be handed out; 0 when nothing is. */
      const recallable = new Map<string, number>();
      let journal: UsageEvent[] = [];
      recalls[worker] = async () => {
        const called = [...recallable];
        recallable.clear();
        await Promise.all(called.map(([id, left]) => quotaStore.return(id, left, true)));
      };
      for (let turn = 0; ; turn++) {
        const [id, left] = [...recallable].find(([, units]) => units > 0) ?? [null, 0];
        if (id === null) {
          const loan = await quotaStore.lend(lendRequest({ organizationId, at, holderId, want: 40 }));
          if (loan.outcome === 'recall') await Promise.all(recalls.map((recall) => recall()));
          else if (loan.outcome === 'exhausted') break;
          else recallable.set(loan.leaseId!, loan.units);
          continue;
        }
        const cost = Math.min(left, 1 + (turn % 3));
        recallable.set(id, left - cost);
        const event = buildUsageEvent({
          organizationId,
          occurredAtMs: at.getTime(),
          quantities: { api_calls: cost },
          leases: [{ leaseId: id, metric: 'api_calls', units: cost }],
        });
        journal.push(event);
        answered.push(event);
        if (journal.length >= 7) {
          await usageStore.record(journal);
          // Now and then the answer is lost, and the same events come again.
          if (turn % 2 === 0) journal = [];
        }
        if (turn % 29 === 28) {
          // Dies; another process finds its journal.
          recallable.clear();
          await usageStore.record(journal, { knownForever: true });
          journal = [];
          await quotaStore.releaseHolder(holderId);
          holderId = randomUUID();
        }
      }
      await usageStore.record(journal);
    }

    await Promise.all(Array.from({ length: 8 }, (_, worker) => work(worker))).finally(() =>
      Promise.all(pools.map((pool) => pool.end())),
    );
    const { quotaStore } = quotaStoresOn(database.pool);
    const [counter] = await quotaStore.counters(organizationId, true, at);
    const granted = answered.reduce((sum, { quantities }) => sum + Number(quantities.api_calls), 0);
    expect({ granted, used: counter?.used, leased: counter?.leased }).toEqual({
      granted: LIMIT,
      used: LIMIT,
      leased: 0,
    });
    expect((await verifyUsage(database.pool)).differences).toEqual([]);
  }, 120_000);
});
