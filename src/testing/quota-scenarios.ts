/** What happens to one quota while many processes use it, and what came of it. Shared by a test and a program run by hand. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { compileQuotaProcess, QuotaProcess } from './quota-processes';
import { type QuotaRun } from './quota-run';
import { createOrganization, type TestDatabase } from './test-database';

/** The quota of the free plan. */
const METRIC = 'api_calls';
export const LIMIT = 1_000;

export interface Outcome {
  /** Units that the processes granted. */
  granted: number;
  /** The same by the half of the span of time in which the call lay. */
  halves: [number, number];
  unavailable: number;
}

export interface Counter {
  used: number;
  leased: number;
  /** Sum over the events that are stored. */
  recorded: number;
}

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
    return (await createOrganization(this.database.pool)).id;
  }

  /** All processes make their share of the attempts at once. */
  async use(
    organizationId: string,
    { attempts, costs, spanMs = null }: { attempts: number; costs: number[]; spanMs?: QuotaRun['spanMs'] },
  ): Promise<Outcome> {
    const share = Math.ceil(attempts / this.processes.length);
    const run = { organizationId, metric: METRIC, attempts: share, concurrency: 8, costs, spanMs };
    const reports = await Promise.all(this.processes.map((process) => process.run(run)));
    const halves: [number, number] = [0, 0];
    for (const { granted } of reports) granted.forEach((units, half) => (halves[half === 0 ? 0 : 1] += units));
    const unavailable = reports.reduce((sum, report) => sum + report.unavailable, 0);
    return { granted: halves[0] + halves[1], halves, unavailable };
  }

  /** The counter of the period that holds an instant, and what is recorded of all periods. */
  async counter(organizationId: string, at = new Date()): Promise<Counter> {
    const { rows } = await this.database.pool.query<Counter>(
      `select coalesce(c.used, 0)::float8 as used, coalesce(c.leased, 0)::float8 as leased,
         (select coalesce(sum((e.quantities ->> $2)::numeric), 0)::float8 from usage_events e where e.organization_id = $1) as recorded
       from subscriptions s cross join lateral billing_period(s.anchor, $3) p
       left join quota_counters c on c.organization_id = s.organization_id and c.livemode and c.metric = $2 and c.period_start = p.period_start
       where s.organization_id = $1`,
      [organizationId, METRIC, at],
    );
    return rows[0]!;
  }

  /** Waits until a counter says so; resolves to what it said last. */
  async counterWhen(organizationId: string, holds: (counter: Counter) => boolean, at?: Date): Promise<Counter> {
    let counter = await this.counter(organizationId, at);
    for (let tries = 0; tries < 300 && !holds(counter); tries += 1) {
      await sleep(100);
      counter = await this.counter(organizationId, at);
    }
    return counter;
  }

  /** Waits until a dead process was noticed, and what it held was given back. */
  async waitForRelease(): Promise<void> {
    for (let tries = 0; tries < 600; tries += 1) {
      const { rowCount } = await this.database.pool.query('select from quota_released_holders');
      if (rowCount) return;
      await sleep(100);
    }
    throw new Error('nothing was released within a minute');
  }

  async waitForUse(organizationId: string, units: number): Promise<void> {
    await this.counterWhen(organizationId, ({ used, leased }) => used + leased >= units);
  }

  /** An admin's override; resolves to what was used and lent at the very moment. */
  async override(organizationId: string, included: number): Promise<number> {
    const client = await this.database.pool.connect();
    try {
      await client.query('begin');
      const { rows } = await client.query<{ taken: number }>(
        `select (used + leased)::float8 as taken from quota_counters where organization_id = $1 and metric = $2 and livemode for update`,
        [organizationId, METRIC],
      );
      await client.query(
        `insert into quota_overrides (organization_id, metric, included, reason, set_by) values ($1, $2, $3, 'test', 'test')`,
        [organizationId, METRIC, included],
      );
      await client.query('commit');
      return rows[0]?.taken ?? 0;
    } finally {
      client.release();
    }
  }

  async changePlan(organizationId: string, planKey: string): Promise<void> {
    await this.database.pool.query(
      `insert into subscription_phases (organization_id, starts_at, plan_version_id, reason)
       select $1, now(), id, 'upgrade' from plan_versions where plan_key = $2`,
      [organizationId, planKey],
    );
  }

  /** Lets the organization's periods begin today at midnight UTC; resolves to that instant. */
  async beginPeriodToday(organizationId: string): Promise<Date> {
    const midnight = new Date(new Date().setUTCHours(0, 0, 0, 0));
    await this.database.pool.query(
      'update subscriptions set anchor = $2::timestamptz::date where organization_id = $1',
      [organizationId, midnight],
    );
    return midnight;
  }
}
