/**
 * A world of processes that borrow from one organization's quotas, use what they borrowed, record it, and die. It knows what
 * must be true of the counters after every step, and says what is not.
 */
import { randomUUID } from 'node:crypto';
import { type Pool } from 'pg';
import { type UsageEvent } from '@/metering/contracts';
import { addGrant, createSubscriber, lendRequest, quotaStoresOn, setIncluded } from '../quota-fixture';
import { buildUsageEvent } from '../usage-event-builder';

const METRIC = 'api_calls';
/** An instant in each of two periods. */
const INSTANTS = [new Date('2026-10-20T12:00:00Z'), new Date('2026-11-20T12:00:00Z')];

interface HeldLease {
  id: string;
  period: number;
  units: number;
  handedOut: number;
  returned: number;
}

/** `journal`: answered once written to a disk that outlives the process. `database`: answered once recorded. */
interface Process {
  holderId: string;
  durability: 'journal' | 'database';
  leases: HeldLease[];
  /** Answered, not yet known to be recorded. */
  journal: UsageEvent[];
}

interface CounterState {
  used: number;
  leased: number;
}

export async function createQuotaWorld(pool: Pool, { processes, included }: { processes: number; included: number }) {
  const organizationId = await createSubscriber(pool);
  await setIncluded(pool, organizationId, METRIC, included);
  const { quotaStore, usageStore } = quotaStoresOn(pool);
  const start = (slot: number): Process => ({
    holderId: randomUUID(),
    durability: slot % 3 === 2 ? 'database' : 'journal',
    leases: [],
    journal: [],
  });
  const alive = Array.from({ length: processes }, (_, slot) => start(slot));
  const dead: Process[] = [];
  const accepted = new Map<string, UsageEvent>();
  let base = included;
  let highestBase = included;
  let granted = 0;

  const periodOf = (event: UsageEvent): number => INSTANTS.findIndex((at) => at.getTime() === event.occurredAtMs);
  const sumOf = (events: Iterable<UsageEvent>, period: number): number =>
    [...events].reduce((sum, event) => sum + (periodOf(event) === period ? Number(event.quantities[METRIC]) : 0), 0);

  async function counter(period: number): Promise<CounterState> {
    const found = (await quotaStore.counters(organizationId, true, INSTANTS[period]!)).find(
      (row) => row.metric === METRIC,
    );
    return { used: Number(found?.used ?? 0), leased: Number(found?.leased ?? 0) };
  }

  /** Units of grants that the other period drew. */
  async function drawnElsewhere(period: number): Promise<number> {
    const { rows } = await pool.query<{ units: number }>(
      `select coalesce(sum(d.units), 0)::float8 as units from quota_grant_draws d join quota_grants g on g.id = d.grant_id
       where g.organization_id = $1 and d.period_start <> date_trunc('month', $2::timestamptz, 'UTC')`,
      [organizationId, INSTANTS[period]],
    );
    return rows[0]!.units;
  }

  async function lend(slot: number, period: number, need: number, more: number): Promise<void> {
    const process = alive[slot]!;
    const request = { organizationId, at: INSTANTS[period]!, need, want: need + more, holderId: process.holderId };
    const loan = await quotaStore.lend(lendRequest(request));
    const { used, leased } = await counter(period);
    const limit = base + granted - (await drawnElsewhere(period));
    if (loan.outcome !== 'lent') {
      if (used + leased + need <= limit) {
        throw new Error(`${need} units would fit into ${limit} − ${used} − ${leased}, but: ${loan.outcome}`);
      }
      return;
    }
    if (loan.units < need || loan.units > need + more) {
      throw new Error(`asked for ${need} to ${need + more}, got ${loan.units}`);
    }
    if (used + leased > limit) throw new Error(`lent ${loan.units} beyond ${limit}: ${used} used, ${leased} leased`);
    if (loan.leaseId === null) throw new Error('lent without a lease');
    process.leases.push({ id: loan.leaseId, period, units: loan.units, handedOut: 0, returned: 0 });
  }

  /** One call: it takes its units from one lease, and is answered once it is as durable as its process promises. */
  async function consume(slot: number, which: number, share: number): Promise<void> {
    const process = alive[slot]!;
    const lease = process.leases[which % Math.max(1, process.leases.length)];
    if (!lease) return;
    const units = Math.min(lease.units - lease.handedOut - lease.returned, share);
    if (units <= 0) return;
    lease.handedOut += units;
    const event = buildUsageEvent({
      organizationId,
      occurredAtMs: INSTANTS[lease.period]!.getTime(),
      quantities: { [METRIC]: units },
      leases: [{ leaseId: lease.id, metric: METRIC, units }],
    });
    if (process.durability === 'journal') process.journal.push(event);
    else await recordAll([event], { fenced: true });
  }

  async function recordAll(
    events: readonly UsageEvent[],
    options: { knownForever?: boolean; fenced?: boolean },
  ): Promise<void> {
    const outcomes = await usageStore.record(events, options);
    outcomes.forEach((outcome, index) => {
      const event = events[index]!;
      if (outcome.outcome === 'accepted' && accepted.has(event.id)) throw new Error(`${event.id} was accepted twice`);
      if (outcome.outcome === 'accepted') accepted.set(event.id, event);
      if (outcome.outcome === 'rejected' && !options.fenced)
        throw new Error(`an answered event was refused: ${outcome.message}`);
    });
  }

  /** Records the oldest events; `answerLost`: the process never hears of it, and will record them again. */
  async function record(slot: number, count: number, answerLost: boolean): Promise<void> {
    const process = alive[slot]!;
    await recordAll(process.journal.slice(0, count), {});
    if (!answerLost) process.journal.splice(0, count);
  }

  async function giveBack(slot: number, which: number, dry: boolean): Promise<void> {
    const process = alive[slot]!;
    const lease = process.leases[which % Math.max(1, process.leases.length)];
    if (!lease) return;
    const before = lease.returned;
    lease.returned = lease.units - lease.handedOut;
    await quotaStore.return(lease.id, lease.returned, dry);
    // An older total that arrives late changes nothing.
    await quotaStore.return(lease.id, before, dry);
  }

  function crash(slot: number): void {
    dead.push(alive[slot]!);
    alive[slot] = start(slot);
  }

  /** A sibling finds the journal of a dead process. Without one, or with its disk lost, time releases what it held. */
  async function bury(diskLost: boolean): Promise<void> {
    const process = dead.shift();
    if (!process) return;
    if (diskLost || process.durability === 'database') return expire(process);
    await recordAll(process.journal, { knownForever: true });
    await quotaStore.releaseHolder(process.holderId);
  }

  async function expire({ holderId }: Process): Promise<void> {
    await pool.query(`update quota_leases set reclaim_at = clock_timestamp() where holder_id = $1`, [holderId]);
  }

  /** The leases of a living process that answers after recording run out: what it records from then on is refused. */
  async function expireFenced(slot: number): Promise<void> {
    const process = alive[slot]!;
    if (process.durability === 'database') await expire(process);
  }

  async function setLimit(units: number): Promise<void> {
    base = units;
    highestBase = Math.max(highestBase, units);
    await setIncluded(pool, organizationId, METRIC, units);
  }

  async function grant(units: number): Promise<void> {
    granted += units;
    await addGrant(pool, organizationId, { metric: METRIC, units, grantedAt: new Date('2026-10-01T00:00:00Z') });
  }

  /** @throws Error naming the first thing that is not as it must be. */
  async function check(): Promise<void> {
    const states = [await counter(0), await counter(1)];
    states.forEach(({ used, leased }, period) => {
      const recorded = sumOf(accepted.values(), period);
      if (used !== recorded) throw new Error(`period ${period}: used ${used}, but Σ events ${recorded}`);
      const holders = [...alive, ...dead];
      const answered = sumOf(
        holders.flatMap(({ journal }) => journal.filter(({ id }) => !accepted.has(id))),
        period,
      );
      if (answered > leased) throw new Error(`period ${period}: ${answered} units answered, only ${leased} lent`);
    });
    // A limit that was lowered takes back nothing that was lent before.
    const beyond = states.reduce((sum, { used, leased }) => sum + Math.max(0, used + leased - highestBase), 0);
    if (beyond > granted) throw new Error(`over the limit ${highestBase} + ${granted}: ${JSON.stringify(states)}`);
    const { rows } = await pool.query<{ leased: number; outstanding: number; overdrawn: number }>(
      `select (select coalesce(sum(leased), 0)::float8 from quota_counters where organization_id = $1) as leased,
         (select coalesce(sum(outstanding), 0)::float8 from quota_leases where organization_id = $1 and state = 'open') as outstanding,
         (select count(*)::int from quota_grants g where organization_id = $1
            and g.units < (select coalesce(sum(units), 0) from quota_grant_draws d where d.grant_id = g.id)) as overdrawn`,
      [organizationId],
    );
    const { leased, outstanding, overdrawn } = rows[0]!;
    if (leased !== outstanding) throw new Error(`counters say ${leased} leased, leases ${outstanding} outstanding`);
    if (overdrawn > 0) throw new Error(`${overdrawn} grants are overdrawn`);
  }

  /** Lets every process end well or badly, and then uses up what is left: nothing may be stranded. */
  async function drain(): Promise<void> {
    for (const slot of alive.keys()) crash(slot);
    while (dead.length > 0) await bury(false);
    await quotaStore.releaseExpired();
    await check();
    const states = [await counter(0), await counter(1)];
    if (states.some(({ leased }) => leased > 0)) throw new Error(`units are stranded: ${JSON.stringify(states)}`);
    const left = base + granted - (await drawnElsewhere(1)) - states[1]!.used;
    const loan = await quotaStore.lend(lendRequest({ organizationId, at: INSTANTS[1]!, need: Math.max(1, left) }));
    if ((loan.outcome === 'lent') !== left >= 1) throw new Error(`${left} units are left, but: ${loan.outcome}`);
  }

  return { lend, consume, record, giveBack, crash, bury, expireFenced, setLimit, grant, check, drain };
}
