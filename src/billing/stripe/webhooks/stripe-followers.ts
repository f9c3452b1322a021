import { type Pool } from 'pg';
import { type SubscriptionService } from '@/plans';
import { type StripeClient } from '../stripe-client';
import { createEventHandlers } from './event-handlers';
import { createFollowCreditNote } from './follow-credit-note';
import { createFollowCustomer } from './follow-customer';
import { createFollowInvoice, type InvoiceNews } from './follow-invoice';
import { createFollowSubscription } from './follow-subscription';
import { createHoldDraft } from './hold-draft';
import { createKeepDefaultMethod } from './keep-default-method';
import { type EventHandler } from './stripe-events';
import { idOfObject } from '../id-of-object';

export interface StripeFollowersOptions extends InvoiceNews {
  pool: Pool;
  client: StripeClient;
  subscriptions: Pick<SubscriptionService, 'followPaidPlan'>;
  /** The real time. */
  now: () => Date;
  /** Tells operators. */
  warn: (details: Record<string, unknown>, message: string) => void;
}

/** What follows from events, where Stripe is configured. */
export function createStripeFollowers(options: StripeFollowersOptions): (type: string) => EventHandler | undefined {
  const { pool, client, subscriptions, warn } = options;
  const stripe = client;
  return createEventHandlers({
    invoice: createFollowInvoice({ ...options, stripe }),
    subscription: createFollowSubscription({ pool, stripe, subscriptions }),
    customer: createFollowCustomer({ pool, stripe }),
    draft: createHoldDraft({ pool, stripe }),
    defaultMethod: createKeepDefaultMethod({ stripe }),
    creditNote: createFollowCreditNote({ pool, stripe }),
    async subscriptionOf(sessionId) {
      const { subscription } = await stripe.call('checkout.session', (sdk) =>
        sdk.checkout.sessions.retrieve(sessionId),
      );
      return idOfObject(subscription);
    },
    async meterError({ id, type, objectId }) {
      warn({ event: id, type, meter: objectId }, 'Stripe could not use usage that it was sent: its dashboard says why');
      return `errors at ${objectId ?? 'an unknown meter'}`;
    },
  });
}
