import { type Pool } from 'pg';
import type Stripe from 'stripe';
import { AppError } from '@/kernel/errors';
import { noteStripeCreditNote, readCredit } from './correction-store';
import { readStripeCustomer } from './customer-store';
import { type Effect, type EffectStore } from './effect-store';
import { type EffectOutcome, type EffectStep, NotYet, type RunEffect } from './run-effect';
import { type StripeClient } from './stripe-client';
import { noteRefusal } from './told-store';

interface Options {
  pool: Pool;
  client: StripeClient;
  store: EffectStore;
  runEffect: RunEffect;
  now: () => Date;
}

/** Corrections that one call tells of at most. */
const AT_ONCE = 500;

export interface HandCorrections {
  /**
   * Tells Stripe of credit notes and voids that it has not been told of.
   * @param proceed throws once that is to stop.
   * @param onFailure is told where it did not work; it is tried again by the next call.
   * @returns how many Stripe was told of.
   */
  handCorrections(
    proceed: () => void,
    onFailure: (organizationId: string, error: unknown) => Promise<void>,
  ): Promise<number>;
}

export function createHandCorrections({ pool, client, store, runEffect, now }: Options): HandCorrections {
  const retrieve = (id: string) => client.call('invoice', (sdk) => sdk.invoices.retrieve(id));

  const creditNotesOf = (invoiceId: string) =>
    client.list('credit_note', (sdk, paging) => sdk.creditNotes.list({ invoice: invoiceId, ...paging }));

  async function creditNote(effect: Effect): Promise<EffectStep<object, { id: string; object: string }>> {
    const noteId = effect.creditNoteId ?? '';
    const { invoiceId, stripeInvoiceId, amountMinor, reason } = await readCredit(pool, noteId);
    return {
      request: {},
      async perform(_request, idempotencyKey) {
        const invoice = await retrieve(stripeInvoiceId);
        if (invoice.status === 'draft') throw new NotYet('the invoice is a draft at Stripe');
        // It was voided there meanwhile: nobody is to pay any of it.
        if (invoice.status === 'void') return invoice;
        const due = invoice.status === 'paid' ? 0 : invoice.amount_remaining;
        const paid = Math.max(0, amountMinor - due);
        const params: Stripe.CreditNoteCreateParams = {
          invoice: stripeInvoiceId,
          amount: amountMinor,
          memo: reason,
          email_type: 'none',
          metadata: { tollgate_credit_note: noteId, tollgate_effect: effect.effect },
          ...(paid > 0 && { refund_amount: paid }),
        };
        return client.call('credit_note', (sdk) => sdk.creditNotes.create(params, { idempotencyKey }));
      },
      async find() {
        const made = await creditNotesOf(stripeInvoiceId);
        return made.find(({ metadata }) => metadata?.['tollgate_effect'] === effect.effect) ?? null;
      },
      async record(tx, { id, object }) {
        if (object === 'credit_note') await noteStripeCreditNote(tx, noteId, id);
      },
      onRefused: (tx, why) => noteRefusal(tx, invoiceId, why),
    };
  }

  /** All invoices at Stripe that were made of ours, by their metadata: an answer that was lost may have left one unnoticed. */
  async function madeOf(effect: Effect): Promise<Stripe.Invoice[]> {
    const customer = await readStripeCustomer(pool, effect.organizationId);
    if (!customer) return [];
    const all = await client.list('invoice', (sdk, paging) =>
      sdk.invoices.list({ customer: customer.customerId, ...paging }),
    );
    return all.filter(({ metadata }) => metadata?.['tollgate_invoice'] === effect.invoiceId);
  }

  /** It was paid there before it could be voided: everything is paid back. */
  async function refund(effect: Effect, invoice: Stripe.Invoice, idempotencyKey: string): Promise<Stripe.CreditNote> {
    const made = (await creditNotesOf(invoice.id)).find(
      ({ metadata }) => metadata?.['tollgate_effect'] === effect.effect,
    );
    if (made) return made;
    const { amountMinor, reason } = await readCredit(pool, effect.creditNoteId ?? '');
    const params: Stripe.CreditNoteCreateParams = {
      invoice: invoice.id,
      amount: amountMinor,
      refund_amount: amountMinor,
      memo: reason,
      email_type: 'none',
      metadata: { tollgate_credit_note: effect.creditNoteId ?? '', tollgate_effect: effect.effect },
    };
    return client.call('credit_note', (sdk) => sdk.creditNotes.create(params, { idempotencyKey }));
  }

  const voiding = (effect: Effect): EffectStep<object, { id: string; refund?: string }> => ({
    request: {},
    async perform(_request, idempotencyKey) {
      let last: { id: string; refund?: string } = { id: 'none' };
      for (const invoice of await madeOf(effect)) {
        const key = `${idempotencyKey}/${invoice.id}`;
        last = { id: invoice.id };
        if (invoice.status === 'paid') last.refund = (await refund(effect, invoice, key)).id;
        // A draft of ours is never made final by itself, so it stays one.
        else if (invoice.status !== 'void' && invoice.status !== 'draft')
          await client.call('invoice', (sdk) => sdk.invoices.voidInvoice(invoice.id, {}, { idempotencyKey: key }));
      }
      return last;
    },
    // It looks at what there is each time.
    find: async () => null,
    record: async (tx, made) => {
      if (made.refund !== undefined) await noteStripeCreditNote(tx, effect.creditNoteId ?? '', made.refund);
    },
    onRefused: (tx, reason) => noteRefusal(tx, effect.invoiceId ?? '', reason),
  });

  const handOne = async (effect: Effect): Promise<EffectOutcome> =>
    effect.kind === 'void' ? runEffect(effect, voiding(effect)) : runEffect(effect, await creditNote(effect));

  return {
    async handCorrections(proceed, onFailure) {
      let told = 0;
      for (const effect of await store.readDue(['credit_note', 'void'], now(), AT_ONCE)) {
        proceed();
        const outcome = await handOne(effect);
        if (outcome.is === 'done') told += 1;
        if ('reason' in outcome) await onFailure(effect.organizationId, new AppError('unavailable', outcome.reason));
      }
      return told;
    },
  };
}
