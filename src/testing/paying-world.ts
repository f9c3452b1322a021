/** Organizations that pay at the Stripe-compatible peer, with payments and webhooks as a process has them. */
import { type Pool } from 'pg';
import { createStripeEvents, createStripeFollowers, createStripePayments, stripeSignatureFault } from '@/billing';
import { AppError } from '@/kernel/errors';
import { createEntitlementReader, createPlanCatalogue } from '@/plans';
import { dunningWorld } from './issued-invoices';
import { startStripePeer } from './stripe-peer/start-stripe-peer';
import { stripeLinkTo } from './stripe-link-to';

const SECRET = 'whsec_peer';
export const OWNER = { kind: 'user', id: '00000000-0000-4000-8000-00000000000b' } as const;

export type PayingWorld = Awaited<ReturnType<typeof startPayingWorld>>;

export async function startPayingWorld(pool: Pool, { automaticTax = false }: { automaticTax?: boolean } = {}) {
  // Another Stripe account each time, which has none of the prices.
  await pool.query('delete from stripe_prices');
  await pool.query(`delete from stripe_effects where kind in ('product', 'price')`);
  const world = dunningWorld(pool);
  const failures: unknown[] = [];
  const peer = await startStripePeer({
    secret: SECRET,
    now: () => world.time.now,
    webhook: async (body, headers) => {
      const header = headers['stripe-signature'] ?? null;
      if (stripeSignatureFault({ body, header, secrets: [SECRET], at: peer.world.now() }) !== null) return 401;
      return events.receive(body).then(
        () => 200,
        (error: unknown) => (error instanceof AppError && error.code === 'unavailable' ? 503 : 400),
      );
    },
  });
  const link = stripeLinkTo(peer, pool, { automaticTax });
  const catalogue = createPlanCatalogue({ pool });
  const { subscriptions, dunning, creditNotes } = world;
  const clock = { now: () => world.time.now };

  const newEvents = () =>
    createStripeEvents({
      pool,
      handlerOf: createStripeFollowers({
        pool,
        client: link.client,
        subscriptions,
        dunning,
        voidInvoice: (invoiceId, reason) => creditNotes.voidAsTold(invoiceId, reason),
        now: () => peer.world.now(),
        warn: () => undefined,
      }),
      warn: (error) => failures.push(error),
    });
  const events = newEvents();

  return {
    ...world,
    peer,
    link,
    events,
    /** What handlers failed with. */
    failures,
    /** As another process has them. */
    newPayments: () =>
      createStripePayments({
        pool,
        clock,
        catalogue,
        entitlements: createEntitlementReader({ pool, catalogue }),
        subscriptions,
        link: stripeLinkTo(peer, pool),
        automaticTax,
        appUrl: 'https://usage.example.com',
      }),
    /** Lets time go by here and at Stripe, and everything be told. */
    async pass(ms: number): Promise<void> {
      // What is being told is told at the time at which it happened.
      await peer.webhooks.settled();
      world.time.now = new Date(world.time.now.getTime() + ms);
      peer.tick();
      await peer.webhooks.settled();
    },
    /** An organization on the free plan whose periods begin on the day of a date. */
    async payer(anchor = '2027-05-10'): Promise<string> {
      const { id } = await world.organization();
      await pool.query(`delete from subscription_phases where organization_id = $1 and starts_at > '-infinity'`, [id]);
      await pool.query('update subscriptions set anchor = $2 where organization_id = $1', [id, anchor]);
      return id;
    },
    /** Plan, reason and who charges the fee of every phase but the first. */
    async phases(organizationId: string): Promise<string[]> {
      const { rows } = await pool.query<{ phase: string }>(
        `select concat_ws(' ', v.plan_key, reason, fee) as phase from subscription_phases p join plan_versions v on v.id = p.plan_version_id
         where organization_id = $1 order by starts_at offset 1`,
        [organizationId],
      );
      return rows.map(({ phase }) => phase);
    },
    /** The subscription that an organization has at Stripe. */
    subscriptionOf(organizationId: string) {
      const own = peer.world.subscriptions
        .all()
        .filter(({ metadata }) => metadata['tollgate_organization'] === organizationId);
      return own.at(-1)!;
    },
  };
}
