/**
 * One schedule of what can go wrong between us and Stripe, which a seed repeats: an organization uses what it pays for, in one to
 * three periods. Processes of the product, one or several at once, bill it, tell Stripe and are told by it, and are killed anywhere;
 * Stripe's answers go wrong in every way that the peer knows, its webhooks come late, twice and in any order; the clock jumps, also
 * over the day after which keys are forgotten; events of usage come late, payments fail, invoices are credited and voided here and
 * there, subscriptions are renewed and end. Then it all stops, and in the end
 *
 *   each period has one invoice, the one that its preview foretold; Stripe has exactly these, in the same states; and the product's
 *   own reconciliation finds nothing.
 */
import { type Pool } from 'pg';
import { reconcileStripe } from '@/billing';
import { seededFaults, seededRandom } from '../stripe-peer/faults';
import { startStripePeer, type StripePeer } from '../stripe-peer/start-stripe-peer';
import { type Deliveries, Postman } from './deliver-webhooks';
import { FaultyCustomer } from './faulty-customer';
import { findDifferences } from './find-differences';
import { findUnforetold, foretellInvoices, type Foretold } from './foretell-invoices';
import { type MortalProcess, peerClient, servicesOn, startMortalProcess, WEBHOOK_SECRET } from './mortal-process';
import { GET as processOverage } from '@/app/api/cron/process-overage/route';
import { GET as processStripe } from '@/app/api/cron/process-stripe/route';
import { POST as receiveStripeEvent } from '@/app/api/webhooks/stripe/route';

export interface ScheduleReport {
  seed: number;
  subscribed: boolean;
  invoices: number;
  /** Processes that were begun, and of them those that were killed. */
  processes: number;
  kills: number;
  /** Times at which two billed at once. */
  doubles: number;
  /** Requests that went wrong. */
  faults: number;
  webhooks: Deliveries;
  /** How many invoices are in each state. */
  states: Record<string, number>;
  creditNotes: number;
  /** What is not as it must be; empty. */
  differences: string[];
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const JUMPS_MS = [5_000, 3 * MINUTE_MS, 20 * MINUTE_MS, 2 * HOUR_MS, 23 * HOUR_MS + 1000, 25 * HOUR_MS];
const START = new Date('2026-01-01T00:10:00Z');
const QUIET_ROUNDS = 90;

export async function runStripeSchedule(pool: Pool, seed: number): Promise<ScheduleReport> {
  let schedule: Schedule | undefined;
  const peer = await startStripePeer({
    secret: WEBHOOK_SECRET,
    now: () => START,
    // The route goes by the real time.
    signedAt: () => new Date(),
    webhook: (body, headers) => schedule!.receive(body, headers),
  });
  peer.webhooks.hold();
  try {
    schedule = new Schedule(pool, peer, seed);
    return await schedule.run();
  } finally {
    await peer.close();
  }
}

class Schedule {
  readonly #random: () => number;
  readonly #report: ScheduleReport;
  readonly #postman: Postman;
  readonly #customer: FaultyCustomer;
  readonly #foretold = new Map<string, Foretold>();
  #isQuiet = true;

  constructor(
    readonly pool: Pool,
    readonly peer: StripePeer,
    seed: number,
  ) {
    this.#random = seededRandom(seed);
    this.#postman = new Postman(peer, (limit) => this.#upTo(limit));
    this.#report = {
      seed,
      subscribed: seed % 3 === 0,
      invoices: 0,
      processes: 0,
      kills: 0,
      doubles: 0,
      faults: 0,
      webhooks: this.#postman.deliveries,
      states: {},
      creditNotes: 0,
      differences: [],
    };
    this.#customer = new FaultyCustomer({
      pool,
      peer,
      services: () => this.#start(Infinity).services,
      upTo: (limit) => this.#upTo(limit),
    });
  }

  async run(): Promise<ScheduleReport> {
    const report = this.#report;
    await emptyInstallation(this.pool);
    await this.#customer.signUp({
      subscribed: report.subscribed,
      deliver: () => this.#postman.deliver({ everything: true }),
    });
    this.#beginFaults();
    for (let periods = 1 + this.#upTo(3); periods > 0; periods--) {
      await this.#customer.use();
      await this.#advance(this.#customer.untilPeriodEnd() + this.#upTo(50) * MINUTE_MS);
      for (let rounds = 3 + this.#upTo(8); rounds > 0; rounds--) await this.#round();
    }
    await this.#comeToRest();
    await this.#compare();
    return report;
  }

  /** An event from Stripe, taken by a process of its own. */
  async receive(body: string, headers: Record<string, string>): Promise<number> {
    const request = new Request('http://127.0.0.1:3000/api/webhooks/stripe', { method: 'POST', body, headers });
    const taken = this.#start(this.#upTo(2) > 0 ? Infinity : this.#upTo(20));
    const { status } = await taken.answer(receiveStripeEvent, request);
    this.#end(taken);
    // Of a process that is gone nobody hears.
    return taken.isDead() ? 0 : status;
  }

  #beginFaults(): void {
    this.#isQuiet = false;
    const rate = [0, 0.1, 0.3, 0.5][this.#upTo(4)]!;
    const decide = seededFaults(this.#report.seed, rate);
    this.peer.faults.decide = () => {
      const fault = decide();
      if (fault !== null) this.#report.faults += 1;
      return fault;
    };
  }

  async #round(): Promise<void> {
    const dice = this.#upTo(13);
    if (dice < 3) await this.#together(() => this.#run());
    else if (dice < 6) {
      await this.#together(
        () => this.#run(),
        () => this.#runBeside(),
        () => this.#postman.deliver({ everything: false }),
      );
    } else if (dice < 8) {
      await this.#together(
        () => this.#retryEvents(),
        () => this.#postman.deliver({ everything: true }),
      );
    } else if (dice < 10) await this.#advance(JUMPS_MS[this.#upTo(JUMPS_MS.length)]!);
    else await this.#customer.act();
  }

  /** What is due is foretold before anything is done. */
  async #together(...work: (() => Promise<void>)[]): Promise<void> {
    const { pool, peer } = this;
    const pauses = { sleep: async () => undefined, random: this.#random };
    const over = (one: Pool) => servicesOn(peer, one, peerClient(peer), pauses);
    const told = await foretellInvoices(pool, over, this.#customer.id, peer.world.now());
    for (const [from, foretold] of told) this.#foretold.set(from, foretold);
    await Promise.all(work.map((one) => one()));
  }

  /** A run of billing in a process of its own. */
  async #run(): Promise<void> {
    const process = this.#start(this.#life(this.#upTo(2) === 0 ? 70 : 300));
    await process.schedule(processOverage);
    this.#end(process);
  }

  /** Another one, which is let in because the lease of the first is over before it is done. */
  async #runBeside(): Promise<void> {
    await this.pool.query('select pg_sleep(0.005)');
    const { rowCount } = await this.pool.query(
      `update billing_lease set expires_at = '-infinity' where holder is not null and expires_at > clock_timestamp()`,
    );
    if (rowCount) this.#report.doubles += 1;
    await this.#run();
  }

  async #retryEvents(): Promise<void> {
    const process = this.#start(this.#life(60));
    await process.schedule(processStripe);
    this.#end(process);
  }

  /** Until nothing waits any more. */
  async #comeToRest(): Promise<void> {
    this.#isQuiet = true;
    this.peer.faults.clear();
    this.peer.tick();
    for (let rounds = 0; rounds < QUIET_ROUNDS && (rounds < 2 || (await this.#isWaiting())); rounds++) {
      await this.#together(() => this.#run());
      await this.#postman.deliver({ everything: true });
      await this.#retryEvents();
      await this.#advance(5 * HOUR_MS);
      if (rounds % 5 === 4) await this.#customer.toNextDraft((ms) => this.#advance(ms));
      if (rounds === 1) this.#customer.payUp();
    }
  }

  async #isWaiting(): Promise<boolean> {
    const { rows } = await this.pool.query<{ waits: boolean }>(
      `select exists (select from invoices where status in ('draft', 'finalized'))
         or exists (select from stripe_events where state <> 'done')
         or exists (select from stripe_effects where state = 'pending') as waits`,
    );
    return rows[0]!.waits || this.#postman.waiting().length > 0;
  }

  async #compare(): Promise<void> {
    const { pool, peer } = this;
    const { id } = this.#customer;
    const { rows } = await pool.query<{ status: string; n: number }>(
      'select status, count(*)::integer as n from invoices group by 1',
    );
    const reconciled = await reconcileStripe({ pool, client: peerClient(peer), since: new Date(0) });
    const report = this.#report;
    report.states = Object.fromEntries(rows.map(({ status, n }) => [status, n]));
    report.invoices = rows.reduce((sum, { n }) => sum + n, 0);
    report.creditNotes = reconciled.creditNotes;
    const open = await pool.query<{ event: string }>(
      `select concat_ws(' ', type, state, last_error) as event from stripe_events where state <> 'done'`,
    );
    report.differences = [
      ...(await findDifferences(pool, peer.world, id)),
      ...(await findUnforetold(pool, id, this.#foretold)),
      ...reconciled.differences.map(({ kind, about, detail }) => `reconcile: ${kind}: ${about}: ${detail}`),
      ...open.rows.map(({ event }) => `an event is not done: ${event}`),
      ...this.#postman.waiting().map(({ type }) => `an event was not taken: ${type}`),
    ];
  }

  /** Lets time go by here, at Stripe, and for what goes by the clock of the database. */
  async #advance(ms: number): Promise<void> {
    this.peer.advance(ms);
    const earlier = `- $1 * interval '1 millisecond'`;
    await this.pool.query(
      `with events as (
         update stripe_events set claimed_until = claimed_until ${earlier}, received_at = received_at ${earlier} where state <> 'done'
       )
       update billing_lease set expires_at = expires_at ${earlier} where holder is not null`,
      [ms],
    );
  }

  /** One of five lives to its end. */
  #life(most: number): number {
    return this.#isQuiet || this.#upTo(5) === 0 ? Infinity : 1 + this.#upTo(most);
  }

  #start(life: number): MortalProcess {
    return startMortalProcess(this.peer, this.pool, { life: this.#isQuiet ? Infinity : life, random: this.#random });
  }

  #end(process: MortalProcess): void {
    this.#report.processes += 1;
    if (process.isDead()) this.#report.kills += 1;
  }

  /** A whole number in [0, limit). */
  #upTo(limit: number): number {
    return Math.floor(this.#random() * limit);
  }
}

/** Each schedule has Stripe, and the installation, for itself. */
async function emptyInstallation(pool: Pool): Promise<void> {
  await pool.query(`truncate organizations, stripe_events, stripe_prices, billing_runs cascade`);
  await pool.query(`update billing_lease set holder = null, expires_at = '-infinity', watermark = '-infinity'`);
}
