/**
 * Which events are used, and for what. Every handler asks for the object anew, so what counts is which objects to look at; the
 * types are those to choose for the webhook endpoint at Stripe.
 */
import { type EventHandler } from './stripe-events';
import { type FollowCustomer } from './follow-customer';
import { type FollowSubscription } from './follow-subscription';
import { type HoldDraft } from './hold-draft';
import { type KeepDefaultMethod } from './keep-default-method';
import { StripeFailure } from '../stripe-failure';
import { TOLD } from '../told-store';

export interface Followers {
  invoice: (event: Parameters<EventHandler>[0]) => Promise<{ outcome: string; subscriptionId: string | null }>;
  subscription: FollowSubscription;
  customer: FollowCustomer;
  draft: HoldDraft;
  defaultMethod: KeepDefaultMethod;
  creditNote: (creditNoteId: string) => Promise<string>;
  /** The subscription that a checkout led to; null: none. */
  subscriptionOf: (sessionId: string) => Promise<string | null>;
  /** Tells operators that Stripe could not use usage that it was sent. */
  meterError: EventHandler;
}

type Kind = 'invoice' | 'draft' | 'subscription' | 'checkout' | 'credit_note' | 'customer' | 'meter_error';

/** @public README.md lists the same. */
export const USED_EVENTS: Readonly<Record<string, Kind>> = {
  'invoice.created': 'draft',
  'invoice.finalized': 'invoice',
  'invoice.finalization_failed': 'invoice',
  'invoice.paid': 'invoice',
  'invoice.payment_failed': 'invoice',
  'invoice.payment_action_required': 'invoice',
  'invoice.overdue': 'invoice',
  'invoice.voided': 'invoice',
  'invoice.marked_uncollectible': 'invoice',
  'checkout.session.completed': 'checkout',
  'checkout.session.async_payment_succeeded': 'checkout',
  'customer.subscription.created': 'subscription',
  'customer.subscription.updated': 'subscription',
  'customer.subscription.deleted': 'subscription',
  'customer.subscription.paused': 'subscription',
  'customer.subscription.resumed': 'subscription',
  'customer.subscription.pending_update_applied': 'subscription',
  'customer.subscription.pending_update_expired': 'subscription',
  'credit_note.created': 'credit_note',
  'credit_note.updated': 'credit_note',
  'credit_note.voided': 'credit_note',
  'customer.updated': 'customer',
  'payment_method.attached': 'customer',
  'payment_method.detached': 'customer',
  'payment_method.updated': 'customer',
  'payment_method.automatically_updated': 'customer',
  'v1.billing.meter.error_report_triggered': 'meter_error',
  'v1.billing.meter.no_meter_found': 'meter_error',
};

export function createEventHandlers(follow: Followers): (type: string) => EventHandler | undefined {
  const byKind: Record<Kind, EventHandler> = {
    async invoice(event) {
      const { outcome, subscriptionId } = await follow.invoice(event);
      // A payment changes how its subscription stands, and gives back what was waiting for it.
      const said = subscriptionId && (await follow.subscription(subscriptionId));
      return said ? `${outcome}; subscription: ${said}` : outcome;
    },
    draft: ({ objectId }) => (objectId === null ? nothing() : follow.draft(objectId)),
    subscription: ({ objectId }) => (objectId === null ? nothing() : follow.subscription(objectId)),
    async checkout({ objectId, customerId }) {
      const id = objectId && (await follow.subscriptionOf(objectId));
      if (!id) return 'led to no subscription';
      const outcome = await follow.subscription(id);
      if (!customerId) return outcome;
      const isKept = await follow.defaultMethod(customerId, id);
      await follow.customer(customerId);
      return isKept ? `${outcome}; pays for everything` : outcome;
    },
    credit_note: ({ objectId }) => (objectId === null ? nothing() : follow.creditNote(objectId)),
    customer: ({ customerId }) => (customerId === null ? nothing() : follow.customer(customerId)),
    meter_error: follow.meterError,
  };
  return (type) => {
    if (type === TOLD) return unlessGone(byKind.invoice);
    return Object.hasOwn(USED_EVENTS, type) ? unlessGone(byKind[USED_EVENTS[type]!]) : undefined;
  };
}

/** What Stripe no longer has, or never had in this account, is not tried again. */
const unlessGone =
  (handler: EventHandler): EventHandler =>
  (event) =>
    handler(event).catch((error: unknown) => {
      if (error instanceof StripeFailure && error.status === 404) return 'is not there any more';
      throw error;
    });

const nothing = async () => 'names nothing';
