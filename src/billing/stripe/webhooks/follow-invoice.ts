import type Stripe from 'stripe';
import { type Pool } from 'pg';
import { type StripeClient } from '../stripe-client';
import { type EventHandler } from './stripe-events';
import { TOLD } from '../told-store';
import { noteInvoice, type OurInvoice, readInvoicesAtStripe } from './followed-invoice-store';
import { idOfObject } from '../id-of-object';

/** Where news of invoices go. Each may be told again, and in any order. */
export interface InvoiceNews {
  dunning: {
    /** @returns whether it was news. */
    markPaid(invoiceId: string, at: Date): Promise<boolean>;
    markFailed(invoiceId: string, at: Date): Promise<boolean>;
  };
  /** Voids an invoice of ours that was voided at Stripe, with a credit note over the whole. */
  voidInvoice: (invoiceId: string, reason: string) => Promise<unknown>;
}

interface Options extends InvoiceNews {
  pool: Pool;
  stripe: StripeClient;
  now: () => Date;
}

/** Events that say that money did not come; whether that still holds, the invoice says. */
const NOT_PAID = new Set(['invoice.payment_failed', 'invoice.payment_action_required', 'invoice.overdue']);

/** Whether an open invoice was to be collected and was not, or was to be paid by now. */
const hasFailed = ({ attempted, due_date: dueAt }: Stripe.Invoice, at: Date): boolean =>
  attempted || (dueAt !== null && instant(dueAt) <= at);

const instant = (seconds: number): Date => new Date(seconds * 1000);

/**
 * `invoice.*`: brings our invoice to where Stripe's is. A Stripe invoice of a subscription may carry lines of several of ours, and
 * then speaks for all of them; one that carries none is not ours, and nothing follows from it.
 */
export function createFollowInvoice({ pool, stripe, dunning, voidInvoice, now }: Options) {
  async function follow(ours: OurInvoice, invoice: Stripe.Invoice, type: string): Promise<string> {
    const {
      finalized_at: finalizedAt,
      paid_at: paidAt,
      marked_uncollectible_at: givenUpAt,
    } = invoice.status_transitions;
    switch (invoice.status) {
      case 'paid':
        return (await dunning.markPaid(ours.id, paidAt ? instant(paidAt) : now())) ? 'paid' : 'known to be paid';
      case 'void':
        if (ours.status === 'void') return 'known to be void';
        await voidInvoice(ours.id, `Voided at Stripe${finalizedAt ? '' : ' before it was final'}.`);
        return 'voided';
      case 'uncollectible':
        await dunning.markFailed(ours.id, givenUpAt ? instant(givenUpAt) : now());
        return 'given up';
      case 'open':
        // Of what happened while it was being told, the event came too early.
        if (!NOT_PAID.has(type) && !(type === TOLD && hasFailed(invoice, now()))) return 'open';
        return (await dunning.markFailed(ours.id, now())) ? 'payment failed' : 'known to have failed';
      default:
        return invoice.last_finalization_error ? 'cannot be finalized' : 'a draft';
    }
  }

  return async ({
    type,
    objectId,
  }: Parameters<EventHandler>[0]): Promise<{ outcome: string; subscriptionId: string | null }> => {
    if (objectId === null) return { outcome: 'names no invoice', subscriptionId: null };
    const invoice = await stripe.call('invoice', (sdk) => sdk.invoices.retrieve(objectId));
    const subscriptionId = idOfObject(invoice.parent?.subscription_details?.subscription ?? null);
    const ours = await readInvoicesAtStripe(pool, invoice.id);
    const outcomes = new Set<string>();
    for (const one of ours) {
      // Half of it may be there: what is paid now is not all. Once all of it is told, this is looked at again (told-store.ts).
      outcomes.add(one.status === 'finalized' ? 'not told of in full yet' : await follow(one, invoice, type));
      await noteInvoice(pool, one.id, {
        paymentUrl: invoice.hosted_invoice_url ?? null,
        attention: invoice.last_finalization_error?.message ?? null,
      });
    }
    return { outcome: ours.length === 0 ? 'not ours' : [...outcomes].join(', '), subscriptionId };
  };
}
