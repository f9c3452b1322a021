import type Stripe from 'stripe';
import { z } from 'zod';
import { endpoint } from './endpoint';
import { linesOf } from './invoice-content';
import { listPage } from './object-table';
import { int, metadata, paging, paramsOf, text } from './params';
import { settle } from './payments';
import { type PeerWorld, idOf, mergedMetadata } from './peer-world';
import { invalidRequest } from './stripe-error';

const amount = int.refine((value) => value >= 0, 'must not be negative');
const line = z.strictObject({
  type: z.enum(['invoice_line_item', 'custom_line_item']),
  invoice_line_item: text.optional(),
  amount: amount.optional(),
  quantity: int.optional(),
  unit_amount: int.optional(),
  description: text.optional(),
});
const createParams = paramsOf<Stripe.CreditNoteCreateParams>()({
  invoice: text,
  amount: amount.optional(),
  lines: z.array(line).optional(),
  credit_amount: amount.optional(),
  refund_amount: amount.optional(),
  out_of_band_amount: amount.optional(),
  memo: text.optional(),
  metadata: metadata.optional(),
  reason: z.enum(['duplicate', 'fraudulent', 'order_change', 'product_unsatisfactory']).optional(),
  email_type: z.enum(['credit_note', 'none']).optional(),
});
const listParams = paramsOf<Stripe.CreditNoteListParams>()({
  ...paging,
  customer: text.optional(),
  invoice: text.optional(),
});

function createCreditNote(world: PeerWorld, input: z.output<typeof createParams>): Stripe.CreditNote {
  const invoice = world.invoices.get(input.invoice, 'invoice');
  if (!['open', 'paid', 'uncollectible'].includes(invoice.status ?? '')) {
    throw invalidRequest(
      `Credit notes need a finalized invoice; ${invoice.id} is ${invoice.status}`,
      undefined,
      'invoice',
    );
  }
  const id = world.newId('cn');
  const lines = (input.lines ?? []).map((one) => creditLine(world, invoice, one));
  const total = input.amount ?? lines.reduce((sum, one) => sum + one.amount, 0);
  const before = invoice.status === 'paid' ? 0 : Math.min(total, invoice.amount_remaining);
  const after = total - before;
  assertShares(invoice, input, total, after);
  const { credit_amount: toBalance = 0, out_of_band_amount: outOfBand = null, refund_amount: refund = 0 } = input;
  const customer = world.customers.get(idOf(invoice.customer));
  const note: Stripe.CreditNote = {
    id,
    object: 'credit_note',
    amount: total,
    amount_shipping: 0,
    created: world.seconds(),
    currency: invoice.currency,
    customer: customer.id,
    customer_account: null,
    customer_balance_transaction: toBalance > 0 ? world.newId('cbtxn') : null,
    discount_amount: 0,
    discount_amounts: [],
    effective_at: world.seconds(),
    invoice: invoice.id,
    lines: { object: 'list', data: lines, has_more: false, url: `/v1/credit_notes/${id}/lines` },
    livemode: false,
    memo: input.memo ?? null,
    metadata: mergedMetadata({}, input.metadata),
    number: `${invoice.number}-CN-${String(notesOf(world, invoice.id).length + 1).padStart(2, '0')}`,
    out_of_band_amount: outOfBand,
    pdf: `${world.origin}/pages/invoice/${invoice.id}`,
    post_payment_amount: after,
    pre_payment_amount: before,
    pretax_credit_amounts: [],
    reason: input.reason ?? null,
    refunds: refund > 0 ? [refundOf(world, refund)] : [],
    shipping_cost: null,
    status: 'issued',
    subtotal: total,
    subtotal_excluding_tax: total,
    total,
    total_excluding_tax: total,
    total_taxes: [],
    type: before === 0 ? 'post_payment' : after === 0 ? 'pre_payment' : 'mixed',
    voided_at: null,
  };
  customer.balance -= toBalance;
  invoice.pre_payment_credit_notes_amount += before;
  invoice.post_payment_credit_notes_amount += after;
  invoice.amount_due -= before;
  invoice.amount_remaining -= before;
  world.creditNotes.add(note);
  world.emit('credit_note.created', note);
  if (invoice.status === 'open' && invoice.amount_remaining === 0) settle(world, invoice);
  return note;
}

/** What was paid must be given back in full by the three ways together, and no more than there is can be credited. */
function assertShares(
  invoice: Stripe.Invoice,
  input: z.output<typeof createParams>,
  total: number,
  after: number,
): void {
  const credited = invoice.pre_payment_credit_notes_amount + invoice.post_payment_credit_notes_amount;
  if (total <= 0) throw invalidRequest('A credit note needs an amount of at least 1', undefined, 'amount');
  if (total > invoice.total - credited) {
    const message = `The amount ${total} is more than what can be credited: ${invoice.total - credited}`;
    throw invalidRequest(message, undefined, 'amount');
  }
  const given = (input.credit_amount ?? 0) + (input.refund_amount ?? 0) + (input.out_of_band_amount ?? 0);
  if (given === after) return;
  const message = `The sum of credit_amount, refund_amount and out_of_band_amount (${given}) must be ${after}`;
  throw invalidRequest(message, undefined, 'credit_amount');
}

function creditLine(
  world: PeerWorld,
  invoice: Stripe.Invoice,
  input: z.output<typeof line>,
): Stripe.CreditNoteLineItem {
  const named = linesOf(world, invoice).find((one) => one.id === input.invoice_line_item);
  if (input.type === 'invoice_line_item' && named === undefined) {
    throw invalidRequest(`No such line of ${invoice.id}: '${input.invoice_line_item}'`, 'resource_missing', 'lines');
  }
  const quantity = input.quantity ?? 1;
  const amount =
    input.amount ?? (input.unit_amount === undefined ? (named?.amount ?? 0) : input.unit_amount * quantity);
  return {
    id: world.newId('cnli'),
    object: 'credit_note_line_item',
    amount,
    description: input.description ?? named?.description ?? null,
    discount_amount: 0,
    discount_amounts: [],
    ...(named === undefined ? {} : { invoice_line_item: named.id }),
    livemode: false,
    metadata: {},
    pretax_credit_amounts: [],
    quantity,
    tax_rates: [],
    taxes: [],
    type: input.type,
    unit_amount: input.unit_amount ?? null,
    unit_amount_decimal: null,
  };
}

function refundOf(world: PeerWorld, amount: number): Stripe.CreditNote.Refund {
  return { amount_refunded: amount, payment_record_refund: null, refund: world.newId('re'), type: 'refund' };
}

/** Only while nothing was paid back: what was credited is due again. */
function voidCreditNote(world: PeerWorld, id: string): Stripe.CreditNote {
  const note = world.creditNotes.get(id);
  const invoice = world.invoices.get(idOf(note.invoice));
  if (note.status === 'void' || note.post_payment_amount > 0 || invoice.status !== 'open') {
    throw invalidRequest(`Credit note ${id} cannot be voided`, 'status_transition_invalid');
  }
  note.status = 'void';
  note.voided_at = world.seconds();
  invoice.pre_payment_credit_notes_amount -= note.pre_payment_amount;
  invoice.amount_due += note.pre_payment_amount;
  invoice.amount_remaining += note.pre_payment_amount;
  world.emit('credit_note.voided', note);
  return note;
}

function notesOf(world: PeerWorld, invoice: string): Stripe.CreditNote[] {
  return world.creditNotes.newestFirst().filter((note) => note.invoice === invoice);
}

const nothing = paramsOf<object>()({});

export const creditNoteEndpoints = [
  endpoint('POST /v1/credit_notes', createParams, createCreditNote),
  endpoint('GET /v1/credit_notes', listParams, (world, input): Stripe.ApiList<Stripe.CreditNote> => {
    const all = input.invoice === undefined ? world.creditNotes.newestFirst() : notesOf(world, input.invoice);
    const found = all.filter((one) => input.customer === undefined || one.customer === input.customer);
    return listPage(found, '/v1/credit_notes', input);
  }),
  endpoint('GET /v1/credit_notes/:id', nothing, (world, _, id): Stripe.CreditNote => world.creditNotes.get(id)),
  endpoint('POST /v1/credit_notes/:id/void', nothing, (world, _, id) => voidCreditNote(world, id)),
];
