import { type Pool } from 'pg';
import { type StripeClient } from '../stripe-client';
import { isLiveStatus, readCustomerAtStripe } from './followed-customer-store';
import { idOfObject } from '../id-of-object';

/**
 * Hours for which the draft of a subscription's period stays open from the moment in which Stripe made it: so long that two daily
 * runs of billing come to put our lines on it. Stripe's own hour would be over before the first.
 */
const HELD_HOURS = 28;

/** Keeps a subscription's draft open for our lines. @returns what came of it. */
export type HoldDraft = (invoiceId: string) => Promise<string>;

/**
 * `invoice.created`. Whoever puts our lines on it makes it final at once; where there are none, Stripe does when the time is
 * over. A draft that is held for longer already stays so, and one that is closed is: our lines then go onto the next.
 */
export function createHoldDraft({ pool, stripe }: { pool: Pool; stripe: StripeClient }): HoldDraft {
  return async (invoiceId) => {
    const draft = await stripe.call('invoice', (sdk) => sdk.invoices.retrieve(invoiceId));
    const isCycle = draft.billing_reason === 'subscription_cycle';
    if (!isCycle || draft.status !== 'draft' || draft.automatically_finalizes_at === null) return 'not to be held';
    const until = draft.created + HELD_HOURS * 3_600;
    if (draft.automatically_finalizes_at >= until) return 'held already';
    const customerId = idOfObject(draft.customer);
    const customer = customerId ? await readCustomerAtStripe(pool, customerId) : null;
    const subscriptionId = idOfObject(draft.parent?.subscription_details?.subscription ?? null);
    if (!customer || customer.subscriptionId !== subscriptionId || !isLiveStatus(customer.subscriptionStatus)) {
      return 'of no plan';
    }
    // Said twice it is the same.
    await stripe.call('invoice', (sdk) => sdk.invoices.update(invoiceId, { automatically_finalizes_at: until }));
    return `held until ${new Date(until * 1000).toISOString()}`;
  };
}
