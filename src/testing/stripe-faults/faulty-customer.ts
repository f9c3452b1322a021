import { type Pool } from 'pg';
import { type Services } from '@/http';
import { periodAt } from '@/kernel/billing-period';
import { createBilledOrganization, usageOn } from '../billing-world';
import { voidInvoice } from '../stripe-peer/invoice-life';
import { type PaymentOutcome } from '../stripe-peer/peer-world';
import { type StripePeer } from '../stripe-peer/start-stripe-peer';

interface World {
  pool: Pool;
  peer: StripePeer;
  /** Those of a process that lives. */
  services: () => Services;
  /** A whole number in [0, limit). */
  upTo: (limit: number) => number;
}

const ANCHOR = '2026-01-01';
const ADMIN = '00000000-0000-4000-8000-00000000000a';
const SYSTEM = { kind: 'system' } as const;
const OUTCOMES: PaymentOutcome[] = ['succeeds', 'fails', 'requires_action'];

const DAY_MS = 86_400_000;

/** An organization on the plan Pro, paid at Stripe or by invoices of its own, that does what customers and admins do. */
export class FaultyCustomer {
  id = '';
  #isSubscribed = false;
  readonly #record: ReturnType<typeof usageOn>;

  constructor(private readonly world: World) {
    this.#record = usageOn(world.pool);
  }

  async signUp({ subscribed, deliver }: { subscribed: boolean; deliver: () => Promise<void> }): Promise<void> {
    const { pool, peer, services, upTo } = this.world;
    this.id = await createBilledOrganization(pool, `${ANCHOR}T00:00:00Z`);
    this.#isSubscribed = subscribed;
    if (!subscribed) {
      await services().subscriptions.changePlan(this.id, SYSTEM, 'pro');
      if (upTo(2) === 0) return;
      const ensured = await services().stripe!.customers.ensure(this.id);
      if (ensured.is !== 'known') throw new Error(`the customer is ${ensured.is}`);
      peer.giveCard(ensured.customer.customerId, {});
      await deliver();
      return;
    }
    await services().payments.checkout(this.id, 'pro');
    peer.completeCheckout(peer.world.checkoutSessions.all()[0]!.id);
    await deliver();
  }

  untilPeriodEnd(): number {
    return this.#period().to.getTime() - this.#now().getTime();
  }

  /** Uses more than is included, by now and then; rarely under a hundred plans. */
  async use(): Promise<void> {
    const { upTo } = this.world;
    if (upTo(40) === 0 && !this.#isSubscribed) await this.#useUnderManyPlans();
    for (let times = 1 + upTo(3); times > 0; times--) {
      const at = this.#now().getTime() + upTo(Math.max(1, this.untilPeriodEnd()));
      await this.#useAt(new Date(at));
    }
  }

  /** Something that a customer or an admin does. */
  async act(): Promise<void> {
    const { peer, upTo } = this.world;
    const open = peer.world.invoices.all().filter(({ status }) => status === 'open');
    const one = open[upTo(Math.max(1, open.length))];
    const dice = upTo(14);
    if (dice < 3) await this.#useLate();
    else if (dice < 6) this.#setOutcome();
    else if (dice < 9 && one) peer.attemptPayment(one.id);
    else if (dice < 11) await this.#correct('credit');
    else if (dice === 11) await this.#correct('void');
    else if (dice === 12 && one && one.parent === null) voidInvoice(peer.world, one.id);
    else if (dice === 13 && this.#isSubscribed && upTo(3) === 0) this.#cancel();
  }

  /** In the end most can pay, and those who pay by hand do. */
  payUp(): void {
    const { peer, upTo } = this.world;
    if (upTo(4) === 0) return;
    for (const { id } of peer.world.customers.all()) peer.setPaymentOutcome(id, 'succeeds');
    for (const { id, status } of peer.world.invoices.all())
      if (status === 'open' && upTo(4) > 0) peer.attemptPayment(id);
  }

  /** To where the subscription has a draft again, for lines that missed the last one. */
  async toNextDraft(advance: (ms: number) => Promise<void>): Promise<void> {
    const running = this.world.peer.world.subscriptions.all().some(({ status }) => status !== 'canceled');
    if (this.#isSubscribed && running) await advance(this.untilPeriodEnd() + 60_000);
  }

  #now = (): Date => this.world.peer.world.now();
  #period = () => periodAt(ANCHOR, this.#now());

  /** Of a subscription's invoice each part can be charged: every line comes to 0.60 at least. */
  async #useAt(at: Date): Promise<void> {
    const { upTo } = this.world;
    await this.#record(this.id, at.toISOString(), {
      api_calls: 101_000 + upTo(4_000_000),
      ...(upTo(2) === 0 && { documents: 510 + upTo(300) }),
      ...(upTo(2) === 0 && { ai_tokens: 1_050_000 + upTo(9_000_000) }),
      ...(upTo(3) === 0 && !this.#isSubscribed && { storage_gb: 51 + upTo(40) }),
    });
  }

  /** In a period that may be over, closed and billed; of what is not at Stripe's it may become less by it. */
  async #useLate(): Promise<void> {
    const { upTo } = this.world;
    const at = new Date(Math.max(Date.parse(ANCHOR), this.#now().getTime() - upTo(40) * DAY_MS));
    if (this.#isSubscribed || upTo(2) === 0) return this.#useAt(at);
    await this.#record(this.id, at.toISOString(), { storage_gb: upTo(70) });
  }

  /** So many lines that Stripe has no room for each. */
  async #useUnderManyPlans(): Promise<void> {
    const { pool } = this.world;
    const { from, to } = this.#period();
    const now = Math.max(this.#now().getTime() + 1, from.getTime());
    const step = (to.getTime() - now) / 100;
    const starts = Array.from({ length: 99 }, (_, place) => new Date(now + step * place));
    await pool.query(
      `insert into subscription_phases (organization_id, starts_at, plan_version_id, reason, fee)
       select $1, s.at, (select id from plan_versions where plan_key = case s.place % 2 when 0 then 'business' else 'pro' end order by version desc limit 1),
         'admin', 'invoice'
       from unnest($2::timestamptz[]) with ordinality s (at, place) on conflict do nothing`,
      [this.id, starts],
    );
    for (const start of starts) {
      const at = new Date(start.getTime() + step / 2).toISOString();
      await this.#record(this.id, at, { api_calls: 100_000, documents: 600, ai_tokens: 1_000_000 });
    }
  }

  #setOutcome(): void {
    const { peer, upTo } = this.world;
    const outcome = OUTCOMES[upTo(OUTCOMES.length)]!;
    for (const { id } of peer.world.customers.all()) peer.setPaymentOutcome(id, outcome);
  }

  async #correct(how: 'credit' | 'void'): Promise<void> {
    const { pool, services, upTo } = this.world;
    const { rows } = await pool.query<{ id: string }>(
      `select id from invoices where status <> 'draft' and status <> 'void' and ($1 = 'credit') <= (sent_at is not null) order by period_start`,
      [how],
    );
    const one = rows[upTo(Math.max(1, rows.length))];
    if (!one) return;
    const { creditNotes } = services();
    const amount = `${1 + upTo(20)}.${10 + upTo(90)}`;
    const made =
      how === 'void'
        ? creditNotes.void(one.id, ADMIN, 'A mistake.')
        : creditNotes.credit(one.id, ADMIN, { amount, reason: 'A gesture.' });
    // What cannot be corrected any more is refused.
    await made.catch(assertRefusal);
  }

  #cancel(): void {
    const { peer } = this.world;
    const running = peer.world.subscriptions.all().find(({ status }) => status !== 'canceled');
    if (running) peer.cancelInPortal(running.id, 'now');
  }
}

function assertRefusal(error: unknown): void {
  const code = (error as { code?: string }).code;
  if (code !== 'conflict' && code !== 'invalid_request') throw error;
}
