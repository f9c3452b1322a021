import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Pool, type PoolClient } from 'pg';
import { inTransaction } from '@/db';
import { compileQuotaProcess, QuotaProcess } from './quota-processes';
import { type QuotaRun } from './quota-run';
import { createOrganization, type TestDatabase } from '../test-database';

/** The metric that all attempts use, and how much of it the free plan includes. */
export const METRIC = 'api_calls';
export const LIMIT = 1_000;

/** What the processes are to attempt together. */
export interface Load extends Pick<QuotaRun, 'attempts' | 'costs'> {
  spanMs?: QuotaRun['spanMs'];
  overMs?: number;
}

/** What came of it. */
export interface Outcome {
  /** Units that the processes granted. */
  granted: number;
  /** The same by the half of the span of time in which the call lay. */
  halves: [number, number];
  /** Attempts to which the gate had no answer. */
  unavailable: number;
}

export interface Counter {
  used: number;
  leased: number;
  /** Sum over the events that are stored, of all periods. */
  recorded: number;
}

const CONCURRENCY = 8;
const POLL_MS = 20;
const PATIENCE_MS = 60_000;

/** Processes on one database, and organizations with a quota each. */
export class QuotaFleet {
  private constructor(
    private readonly database: TestDatabase,
    private readonly program: string,
    private readonly journalPath: string,
    readonly processes: QuotaProcess[],
  ) {}

  static async start(database: TestDatabase, count: number): Promise<QuotaFleet> {
    const program = await compileQuotaProcess();
    const journalPath = await mkdtemp(join(tmpdir(), 'tollgate-quota-'));
    const fleet = new QuotaFleet(database, program, journalPath, []);
    await Promise.all(Array.from({ length: count }, () => fleet.add()));
    return fleet;
  }

  get pool(): Pool {
    return this.database.pool;
  }

  /** A process more. */
  async add(): Promise<QuotaProcess> {
    const process = await QuotaProcess.start(this.program, this.database.url, this.journalPath);
    this.processes.push(process);
    return process;
  }

  /** kill -9. */
  async kill(process: QuotaProcess): Promise<void> {
    this.processes.splice(this.processes.indexOf(process), 1);
    await process.kill();
  }

  async close(): Promise<void> {
    await Promise.all(this.processes.splice(0).map((process) => process.close()));
    await rm(this.journalPath, { recursive: true, force: true });
    await rm(this.program, { force: true });
  }

  async organization(): Promise<string> {
    return (await createOrganization(this.pool)).id;
  }

  /** The share of one process in a load. */
  share(organizationId: string, { attempts, costs, spanMs = null, overMs = 0 }: Load, processes: number): QuotaRun {
    const share = Math.ceil(attempts / processes);
    return { organizationId, metric: METRIC, attempts: share, concurrency: CONCURRENCY, costs, spanMs, overMs };
  }

  /** All processes make their share of the attempts at once. */
  async use(organizationId: string, load: Load): Promise<Outcome> {
    const run = this.share(organizationId, load, this.processes.length);
    return this.together(this.processes, run);
  }

  /** Some processes make the same attempts at once. */
  async together(processes: readonly QuotaProcess[], run: QuotaRun): Promise<Outcome> {
    const reports = await Promise.all(processes.map((process) => process.run(run)));
    const halves: [number, number] = [0, 0];
    for (const { granted } of reports) granted.forEach((units, half) => (halves[half === 0 ? 0 : 1] += units));
    const unavailable = reports.reduce((sum, report) => sum + report.unavailable, 0);
    return { granted: halves[0] + halves[1], halves, unavailable };
  }

  /** The counter of the period that holds an instant, and what is recorded of all periods. */
  async counter(organizationId: string, at = new Date()): Promise<Counter> {
    const { rows } = await this.pool.query<Counter>(
      `select coalesce(c.used, 0)::float8 as used, coalesce(c.leased, 0)::float8 as leased,
         (select coalesce(sum((e.quantities ->> $2)::numeric), 0)::float8 from usage_events e where e.organization_id = $1) as recorded
       from subscriptions s cross join lateral billing_period(s.anchor, $3) p
       left join quota_counters c on c.organization_id = s.organization_id and c.livemode and c.metric = $2 and c.period_start = p.period_start
       where s.organization_id = $1`,
      [organizationId, METRIC, at],
    );
    return rows[0]!;
  }

  /** Waits until a counter says so, a minute at most; resolves to what it said last. */
  async counterWhen(organizationId: string, holds: (counter: Counter) => boolean, at?: Date): Promise<Counter> {
    const until = performance.now() + PATIENCE_MS;
    let counter = await this.counter(organizationId, at);
    while (!holds(counter) && performance.now() < until) {
      await sleep(POLL_MS);
      counter = await this.counter(organizationId, at);
    }
    return counter;
  }

  /** Waits until so many units are used or lent. */
  async waitForUse(organizationId: string, units: number): Promise<void> {
    await this.counterWhen(organizationId, ({ used, leased }) => used + leased >= units);
  }

  /** Units that a holder was lent and that are neither counted nor given back. */
  async outstanding(holderId: string): Promise<number> {
    const { rows } = await this.pool.query<{ units: number }>(
      `select coalesce(sum(outstanding), 0)::float8 as units from quota_leases where holder_id = $1 and state = 'open'`,
      [holderId],
    );
    return rows[0]!.units;
  }

  /** Waits until it was noticed that a holder is dead, and all that it held was given back. @throws Error after a minute. */
  async waitForRelease(holderId: string): Promise<void> {
    const until = performance.now() + PATIENCE_MS;
    while (performance.now() < until) {
      const released = await this.pool.query('select from quota_released_holders where holder_id = $1', [holderId]);
      if (released.rowCount && (await this.outstanding(holderId)) === 0) return;
      await sleep(POLL_MS);
    }
    throw new Error('nothing was released within a minute');
  }

  /** Changes what holds while nobody can borrow; resolves to what was used and lent at that very moment. */
  async change(organizationId: string, apply: (client: PoolClient) => Promise<unknown>): Promise<number> {
    return inTransaction(this.pool, async (client) => {
      const { rows } = await client.query<{ taken: number }>(
        `select (used + leased)::float8 as taken from quota_counters where organization_id = $1 and metric = $2 and livemode for update`,
        [organizationId, METRIC],
      );
      await apply(client);
      return rows[0]?.taken ?? 0;
    });
  }

  /** Lets the organization's periods begin today at midnight UTC; resolves to that instant. */
  async beginPeriodToday(organizationId: string): Promise<Date> {
    const midnight = new Date(new Date().setUTCHours(0, 0, 0, 0));
    await this.pool.query('update subscriptions set anchor = $2::timestamptz::date where organization_id = $1', [
      organizationId,
      midnight,
    ]);
    return midnight;
  }
}
