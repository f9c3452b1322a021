/**
 * One schedule of what can go wrong between us and Stripe, which a seed repeats: an organization has issued invoices; processes,
 * one or two at once, tell Stripe of them and are killed anywhere; Stripe's answers go wrong in every way that the peer knows;
 * the clock jumps, also over the day after which keys are forgotten; subscriptions are renewed and end. Then it all stops, and in
 * the end Stripe must have exactly what we issued.
 */
import { type Pool } from 'pg';
import { finalizeInvoice, insertInvoice } from '../invoice-builder';
import { seededFaults, seededRandom } from '../stripe-peer/faults';
import { startStripePeer, type StripePeer } from '../stripe-peer/start-stripe-peer';
import { createOrganization } from '../test-database';
import { findDifferences } from './find-differences';
import { Killed, startMortalProcess } from './mortal-process';

export interface ScheduleReport {
  seed: number;
  subscribed: boolean;
  invoices: number;
  /** Processes that were begun, and of them those that were killed. */
  processes: number;
  kills: number;
  /** Requests that went wrong. */
  faults: number;
  /** What is not as it must be; empty. */
  differences: string[];
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const JUMPS_MS = [5_000, 3 * MINUTE_MS, 20 * MINUTE_MS, 2 * HOUR_MS, 23 * HOUR_MS + 1000, 25 * HOUR_MS];
const START = new Date('2026-05-01T02:00:00Z');
const PERIODS = [
  ['2026-01-01', '2026-02-01'],
  ['2026-02-01', '2026-03-01'],
  ['2026-03-01', '2026-04-01'],
] as const;

export async function runStripeSchedule(pool: Pool, seed: number): Promise<ScheduleReport> {
  const peer = await startStripePeer({ now: () => START });
  try {
    return await new Schedule(pool, peer, seed).run();
  } finally {
    await peer.close();
  }
}

class Schedule {
  readonly #random: () => number;
  readonly #report: ScheduleReport;
  #organizationId = '';
  #subscription: string | null = null;

  constructor(
    readonly pool: Pool,
    readonly peer: StripePeer,
    seed: number,
  ) {
    this.#random = seededRandom(seed);
    this.#report = {
      seed,
      subscribed: seed % 3 === 0,
      invoices: 0,
      processes: 0,
      kills: 0,
      faults: 0,
      differences: [],
    };
  }

  async run(): Promise<ScheduleReport> {
    const { pool, peer } = this;
    const report = this.#report;
    this.#organizationId = (await createOrganization(pool)).id;
    if (report.subscribed) await this.#subscribe();
    await this.#issue();
    this.#beginFaults();
    for (let rounds = 5 + this.#upTo(20); rounds > 0; rounds--) await this.#round();
    peer.faults.clear();
    peer.tick();
    for (let rounds = 0; rounds < 40 && (await this.#isWaiting()); rounds++) {
      await this.#process(Infinity);
      peer.advance(2 * HOUR_MS);
      if (this.#subscription !== null && rounds % 4 === 3) peer.advanceToNextCycle(this.#subscription);
    }
    report.differences.push(...(await findDifferences(pool, peer.world, this.#organizationId)));
    return report;
  }

  /** Stripe bills a fee of 20.00 a month, and our invoices go with it. */
  async #subscribe(): Promise<void> {
    const process = startMortalProcess(this.peer, this.pool, { life: Infinity, random: this.#random });
    const ensured = await process.customers.ensure(this.#organizationId);
    if (ensured.is !== 'known') throw new Error(`the customer is ${ensured.is}`);
    const sdk = this.peer.connectInProcess();
    const product = await sdk.products.create({ name: 'Pro' });
    const price = await sdk.prices.create({
      product: product.id,
      currency: 'usd',
      unit_amount: 2000,
      recurring: { interval: 'month' },
    });
    const { id } = await sdk.subscriptions.create({
      customer: ensured.customer.customerId,
      items: [{ price: price.id }],
    });
    this.#subscription = id;
    await this.pool.query(
      `update stripe_customers set subscription_id = $2, subscription_status = 'active' where organization_id = $1`,
      [this.#organizationId, id],
    );
  }

  async #issue(): Promise<void> {
    const count = 1 + this.#upTo(PERIODS.length);
    for (const [from, to] of PERIODS.slice(0, count)) {
      const many = this.#upTo(60) === 0;
      const lines = Array.from({ length: many ? 260 : 1 + this.#upTo(6) }, (_, place) => ({
        amount_minor: place === 0 ? 5_000_000 : this.#amount(),
        metric: ['api_calls', 'ai_tokens', 'documents'][place % 3]!,
      }));
      const collection = this.#report.subscribed ? ('stripe_subscription' as const) : ('stripe_invoice' as const);
      const { id } = await insertInvoice(this.pool, {
        organizationId: this.#organizationId,
        from,
        to,
        lines,
        collection,
      });
      await finalizeInvoice(this.pool, id);
      this.#report.invoices += 1;
    }
  }

  /** What late events changed may be negative; on a subscription's invoices it is not, so that each part of ours can be charged. */
  #amount(): number {
    const least = this.#report.subscribed ? 60 : -4_000;
    return this.#upTo(8) === 0 && !this.#report.subscribed ? 0 : least + this.#upTo(15_000);
  }

  #beginFaults(): void {
    const rate = [0, 0.1, 0.3, 0.5][this.#upTo(4)]!;
    const decide = seededFaults(this.#report.seed, rate);
    this.peer.faults.decide = () => {
      const fault = decide();
      if (fault !== null) this.#report.faults += 1;
      return fault;
    };
  }

  async #round(): Promise<void> {
    const dice = this.#upTo(10);
    if (dice < 4) await this.#process(this.#life());
    else if (dice < 6) await Promise.all([this.#process(this.#life()), this.#process(this.#life())]);
    else if (dice < 9 || this.#subscription === null) this.peer.advance(JUMPS_MS[this.#upTo(JUMPS_MS.length)]!);
    else if (this.#upTo(6) === 0) await this.#cancel(this.#subscription);
    else this.peer.advanceToNextCycle(this.#subscription);
  }

  async #cancel(subscription: string): Promise<void> {
    this.peer.cancelInPortal(subscription, 'now');
    this.#subscription = null;
    await this.pool.query(`update stripe_customers set subscription_status = 'canceled' where organization_id = $1`, [
      this.#organizationId,
    ]);
  }

  /** One of five lives to its end. */
  #life(): number {
    return this.#upTo(5) === 0 ? Infinity : 1 + this.#upTo(70);
  }

  async #process(life: number): Promise<void> {
    const report = this.#report;
    report.processes += 1;
    try {
      const process = startMortalProcess(this.peer, this.pool, { life, random: this.#random });
      await process.handToStripe(this.#organizationId, this.peer.world.now());
    } catch (error) {
      if (error instanceof Killed) report.kills += 1;
      // It says that it will be tried again, and so it is.
      else if (!(error instanceof Error && error.message.startsWith('Stripe could not be told'))) throw error;
    }
  }

  async #isWaiting(): Promise<boolean> {
    const { rows } = await this.pool.query<{ waits: boolean }>(
      `select exists (select from invoices where organization_id = $1 and status <> 'sent') as waits`,
      [this.#organizationId],
    );
    return rows[0]!.waits;
  }

  /** A whole number in [0, limit). */
  #upTo(limit: number): number {
    return Math.floor(this.#random() * limit);
  }
}
