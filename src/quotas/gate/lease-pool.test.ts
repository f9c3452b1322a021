import fc from 'fast-check';
import { pino } from 'pino';
import { type LeasedUnits } from '@/metering/contracts';
import { InMemoryQuotaCounter } from '@/testing/in-memory-quota-counter';
import { createLeasePool, type LeasePool, type PoolAnswer } from './lease-pool';
import { type PooledLease } from './pooled-lease';
import { createStoreOutage } from './store-outage';

const log = pino({ level: 'silent' });
const HAND_OUT_MS = 600_000;
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** How an answer of the store goes astray: before the question arrived, or on its way back. */
type Fault = 'question' | 'answer';

/** A process: its pool, its clock, and what its callers hold. */
class Process {
  readonly pool: LeasePool;
  nowMs = 0;
  frozenMs = 0;
  faults: Fault[] = [];
  dead = false;
  readonly inUse: LeasedUnits[] = [];
  private readonly leases = new Map<string, PooledLease>();

  constructor(
    readonly counter: InMemoryQuotaCounter,
    readonly name: string,
    recallPatienceMs = 5_000,
  ) {
    const monotonicMs = () => this.nowMs;
    this.pool = createLeasePool({
      metric: 'api_calls',
      periodStartMs: counter.periodStart.getTime(),
      counter: {
        lend: (request) => this.talk(() => counter.lend(name, request)),
        giveBack: (id, total, dry) => this.talk(() => counter.giveBack(id, total, dry)),
        recentLeases: () => this.talk(() => counter.openOf(name)),
      },
      outage: createStoreOutage({ monotonicMs, log }),
      now: () => ({ monotonicMs: this.nowMs, wallMs: this.nowMs + this.frozenMs }),
      handOutMs: () => HAND_OUT_MS,
      mostCalls: 100,
      waitMs: 800,
      recallPatienceMs,
      onLease: (lease) => this.leases.set(lease.id, lease),
    });
    counter.listen(name, { recalled: this.pool.recalled, changed: this.pool.changed });
  }

  private async talk<T>(question: () => T): Promise<T> {
    const fault = this.faults.shift();
    await turn();
    if (this.dead) return new Promise(() => undefined);
    if (fault === 'question') throw new Error('the connection ended');
    const answer = question();
    await turn();
    if (fault === 'answer') throw new Error('the connection ended');
    return answer;
  }

  async take(units: number): Promise<PoolAnswer['kind']> {
    const { pool, nowMs } = this;
    const answer: PoolAnswer = pool.has(units, nowMs, nowMs + this.frozenMs)
      ? { kind: 'taken', leases: pool.take(units, 0, nowMs) }
      : (pool.remembered(units, nowMs) ?? (await pool.wait(units, 0)));
    if (answer.kind === 'taken' && !this.dead) this.inUse.push(...answer.leases);
    return answer.kind;
  }

  /** The units go back to the pool, as those of a call that was not made. */
  putBack(): void {
    const units = this.inUse.pop();
    const lease = units && this.leases.get(units.leaseId);
    if (lease) this.pool.putBack(lease, units.units);
  }

  settle(): void {
    for (const { leaseId, units } of this.inUse.splice(0)) this.counter.settle(leaseId, units);
  }

  /** Killed: what its callers were told is in its journal, and is settled before its leases are released. */
  die(): void {
    this.dead = true;
    this.counter.deafen(this.name);
    this.settle();
    this.counter.release(this.name);
  }
}

const inUse = (processes: readonly Process[]) =>
  processes.flatMap((process) => process.inUse).reduce((sum, { units }) => sum + units, 0);

const step = fc.record({
  process: fc.nat(3),
  do: fc.oneof(
    {
      weight: 12,
      arbitrary: fc.record({ what: fc.constant('take' as const), units: fc.constantFrom(1, 1, 1, 3, 7, 0.5, 2.25) }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ what: fc.constantFrom('settle' as const, 'put back' as const, 'wait' as const) }),
    },
    { weight: 1, arbitrary: fc.record({ what: fc.constantFrom('lose question' as const, 'lose answer' as const) }) },
    { weight: 1, arbitrary: fc.record({ what: fc.constantFrom('die' as const, 'sleep' as const, 'freeze' as const) }) },
  ),
});

describe('a pool of leases', () => {
  it('hands out all of a quota and not one unit more, through lost answers, deaths, frozen clocks and recalls', async () => {
    const property = fc.asyncProperty(
      fc.array(step, { maxLength: 120 }),
      fc.integer({ min: 0, max: 120 }),
      async (plan, limit) => {
        const counter = new InMemoryQuotaCounter(limit);
        let lives = 0;
        const live = () => new Process(counter, `process-${lives++}`);
        const processes = [live(), live(), live(), live()];
        const takes: Promise<unknown>[] = [];
        for (const { process: index, do: action } of plan) {
          const process = processes[index]!;
          if (action.what === 'take') takes.push(process.take(action.units));
          else if (action.what === 'settle') process.settle();
          else if (action.what === 'put back') process.putBack();
          else if (action.what === 'wait') await turn();
          else if (action.what === 'lose question') process.faults.push('question');
          else if (action.what === 'lose answer') process.faults.push('answer');
          else if (action.what === 'sleep') process.frozenMs += HAND_OUT_MS;
          else if (action.what === 'freeze') process.nowMs += HAND_OUT_MS;
          else {
            process.die();
            processes[index] = live();
          }
          expect(counter.used + inUse(processes)).toBeLessThanOrEqual(limit);
        }
        await Promise.race([Promise.all(takes), new Promise((resolve) => setTimeout(resolve, 60))]);
        for (const process of processes) {
          process.faults = [];
          process.nowMs += 10_000;
        }
        // One caller after the other takes what is left, in single units: every unit is found.
        for (let taken = 0; taken <= limit + 1; taken += 1) {
          const process = processes[taken % 4]!;
          for (const each of processes) {
            each.nowMs += 2_000;
            each.pool.sweep();
          }
          for (let turns = 0; turns < 8; turns += 1) await turn();
          if (counter.limit - counter.used - inUse(processes) < 1) break;
          expect(await process.take(1)).toBe('taken');
        }
        expect(counter.used + inUse(processes)).toBeGreaterThan(limit - 1);
        expect(counter.used + inUse(processes)).toBeLessThanOrEqual(limit);
        for (const process of processes) {
          process.settle();
          await process.pool.close();
        }
        expect(counter.leased).toBe(0);
      },
    );
    await fc.assert(property, { numRuns: 60 });
  }, 120_000);

  it('does not hand out a unit once either clock says that the time of its lease is over', async () => {
    for (const late of ['nowMs', 'frozenMs'] as const) {
      const process = new Process(new InMemoryQuotaCounter(1_000), 'one');
      await process.take(1);
      expect(process.pool.held()).toBeGreaterThan(0);
      process[late] += HAND_OUT_MS;
      expect(process.pool.has(1, process.nowMs, process.nowMs + process.frozenMs)).toBe(false);
      expect(process.pool.held()).toBe(0);
      await turn();
      await turn();
      expect(process.counter.leased).toBe(1);
      await process.pool.close();
    }
  });

  it('answers from memory once a refusal was heard, until something changes', async () => {
    const process = new Process(new InMemoryQuotaCounter(3), 'one');
    expect(await process.take(7)).toBe('refused');
    expect(process.pool.remembered(7, 0)).toMatchObject({ reason: 'quota', terms: { used: 0, limitUnits: 3 } });
    expect(process.pool.remembered(3, 0)).toBeNull();
    process.counter.limit = 10;
    process.pool.changed();
    expect(process.pool.remembered(7, 0)).toBeNull();
    expect(await process.take(7)).toBe('taken');
    expect(process.pool.remembered(7, 1_001)).toBeNull();
    await process.pool.close();
  });

  it('does not remember a refusal that may be older than a change', async () => {
    const process = new Process(new InMemoryQuotaCounter(0), 'one');
    const taken = process.take(1);
    process.pool.changed();
    expect(await taken).toBe('refused');
    expect(process.pool.remembered(1, 0)).toBeNull();
    await process.pool.close();
  });

  it('refuses after its patience while a holder does not answer a recall, and grants once it is released', async () => {
    const counter = new InMemoryQuotaCounter(80);
    const silent = new Process(counter, 'silent');
    await silent.take(1);
    silent.dead = true;
    counter.deafen('silent');
    const process = new Process(counter, 'one', 0);
    let granted = 0;
    while ((await process.take(1)) === 'taken') granted += 1;
    expect(granted + counter.leases.values().next().value!.units).toBe(80);
    counter.release('silent');
    await turn();
    await turn();
    while ((await process.take(1)) === 'taken') granted += 1;
    expect(granted).toBe(80);
    await process.pool.close();
  });

  it('serves those who wait in the order they came', async () => {
    const process = new Process(new InMemoryQuotaCounter(1_000), 'one');
    const order: number[] = [];
    await Promise.all([5, 1, 0.5, 3].map((units, place) => process.take(units).then(() => order.push(place))));
    expect(order).toEqual([0, 1, 2, 3]);
    await process.pool.close();
  });
});
