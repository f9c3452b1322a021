import type Stripe from 'stripe';
import { z } from 'zod';
import { endpoint } from './endpoint';
import {
  FINALIZATION_GRACE,
  assertDraft,
  attachItem,
  linesOf,
  newDraft,
  pendingItems,
  recount,
} from './invoice-content';
import { isWithin, listPage } from './object-table';
import { bool, currency, int, metadata, paging, paramsOf, range, text } from './params';
import { type PeerWorld, idOf, mergedMetadata } from './peer-world';
import { invalidRequest } from './stripe-error';

const customFields = z
  .array(z.strictObject({ name: z.string().max(40), value: z.string().max(140) }))
  .max(4, 'at most 4 custom fields');

const fields = {
  auto_advance: bool.optional(),
  automatic_tax: z.strictObject({ enabled: bool }).optional(),
  automatically_finalizes_at: int.optional(),
  collection_method: z.enum(['charge_automatically', 'send_invoice']).optional(),
  custom_fields: z.union([z.literal(''), customFields]).optional(),
  days_until_due: int.optional(),
  description: z.string().max(1500).optional(),
  due_date: int.optional(),
  effective_at: int.optional(),
  footer: text.optional(),
  metadata: metadata.optional(),
  number: z.string().max(26).optional(),
};
const createParams = paramsOf<Stripe.InvoiceCreateParams>()({
  ...fields,
  customer: text,
  currency: currency.optional(),
  pending_invoice_items_behavior: z.enum(['exclude', 'include']).optional(),
});
const updateParams = paramsOf<Stripe.InvoiceUpdateParams>()(fields);
const listParams = paramsOf<Stripe.InvoiceListParams>()({
  ...paging,
  customer: text.optional(),
  subscription: text.optional(),
  status: z.enum(['draft', 'open', 'paid', 'uncollectible', 'void']).optional(),
  collection_method: z.enum(['charge_automatically', 'send_invoice']).optional(),
  created: range.optional(),
  due_date: range.optional(),
});
const lineParams = paramsOf<Stripe.InvoiceListLineItemsParams>()(paging);

function createInvoice(world: PeerWorld, input: z.output<typeof createParams>): Stripe.Invoice {
  const customer = world.customers.get(input.customer, 'customer');
  assertDueDate(input.collection_method ?? 'charge_automatically', input);
  assertNumberIsFree(world, input.number);
  const currency = input.currency ?? customer.currency ?? 'usd';
  const invoice = newDraft(world, customer, { currency });
  write(world, invoice, input);
  if (input.pending_invoice_items_behavior === 'include') {
    for (const item of pendingItems(world, customer.id, currency, null)) attachItem(world, invoice, item);
  }
  world.emit('invoice.created', invoice);
  return invoice;
}

function updateInvoice(world: PeerWorld, input: z.output<typeof updateParams>, id: string): Stripe.Invoice {
  const invoice = world.invoices.get(id, 'invoice');
  const { auto_advance: _advance, metadata: _metadata, ...onlyDrafts } = input;
  if (Object.keys(onlyDrafts).length > 0) assertDraft(invoice);
  assertDueDate(input.collection_method ?? invoice.collection_method, input);
  assertTime(world, input.automatically_finalizes_at);
  if (input.number !== invoice.number) assertNumberIsFree(world, input.number);
  write(world, invoice, input);
  world.emit('invoice.updated', invoice);
  return invoice;
}

/** Up to five years ahead. */
function assertTime(world: PeerWorld, at: number | undefined): void {
  if (at === undefined || (at > world.seconds() && at <= world.seconds() + 5 * 366 * 86_400)) return;
  const param = 'automatically_finalizes_at';
  throw invalidRequest(`${param} must be in the future, by five years at most`, undefined, param);
}

function assertDueDate(method: string, input: z.output<typeof updateParams>): void {
  const param = input.days_until_due !== undefined ? 'days_until_due' : 'due_date';
  const given = input.days_until_due !== undefined || input.due_date !== undefined;
  if (given && method !== 'send_invoice') {
    throw invalidRequest(`${param} can only be set with collection_method send_invoice`, undefined, param);
  }
  const needed = input.collection_method === 'send_invoice' && !given;
  if (needed) throw invalidRequest('send_invoice needs days_until_due or due_date', 'parameter_missing', 'due_date');
}

function assertNumberIsFree(world: PeerWorld, number: string | undefined): void {
  if (number === undefined || number === '') return;
  const taken = world.invoices.all().some((invoice) => invoice.number === number);
  if (taken) throw invalidRequest(`An invoice has the number ${number} already`, undefined, 'number');
}

function write(world: PeerWorld, invoice: Stripe.Invoice, input: z.output<typeof updateParams>): void {
  invoice.metadata = mergedMetadata(invoice.metadata ?? {}, input.metadata);
  if (input.auto_advance !== undefined) invoice.auto_advance = input.auto_advance;
  if (input.automatic_tax !== undefined) {
    invoice.automatic_tax.enabled = input.automatic_tax.enabled;
    recount(world, invoice);
  }
  if (input.collection_method !== undefined) invoice.collection_method = input.collection_method;
  if (input.custom_fields !== undefined) invoice.custom_fields = input.custom_fields || null;
  if (input.description !== undefined) invoice.description = input.description || null;
  if (input.effective_at !== undefined) invoice.effective_at = input.effective_at;
  if (input.footer !== undefined) invoice.footer = input.footer || null;
  if (input.number !== undefined) invoice.number = input.number || null;
  if (input.due_date !== undefined) invoice.due_date = input.due_date;
  if (input.days_until_due !== undefined) invoice.due_date = world.seconds() + input.days_until_due * 86_400;
  if (invoice.status !== 'draft') return;
  const at =
    input.automatically_finalizes_at ?? invoice.automatically_finalizes_at ?? world.seconds() + FINALIZATION_GRACE;
  invoice.automatically_finalizes_at = invoice.auto_advance ? at : null;
}

/** Only drafts that nobody's subscription made; their items are pending again. */
function deleteInvoice(world: PeerWorld, id: string): Stripe.DeletedInvoice {
  const invoice = world.invoices.get(id, 'invoice');
  assertDraft(invoice);
  if (invoice.parent !== null)
    throw invalidRequest(`Drafts of subscriptions cannot be deleted: ${id}`, undefined, 'invoice');
  for (const item of world.invoiceItems.all()) if (item.invoice === id) item.invoice = null;
  world.invoices.delete(id);
  world.lines.delete(id);
  world.emit('invoice.deleted', invoice);
  return { id, object: 'invoice', deleted: true };
}

function listInvoices(world: PeerWorld, input: z.output<typeof listParams>): Stripe.ApiList<Stripe.Invoice> {
  const found = world.invoices
    .newestFirst()
    .filter((one) => input.customer === undefined || one.customer === input.customer)
    .filter((one) => input.status === undefined || one.status === input.status)
    .filter((one) => input.collection_method === undefined || one.collection_method === input.collection_method)
    .filter((one) => input.subscription === undefined || subscriptionOf(one) === input.subscription)
    .filter((one) => isWithin(one.created, input.created))
    .filter((one) => input.due_date === undefined || isWithin(one.due_date ?? NaN, input.due_date));
  return listPage(found, '/v1/invoices', input);
}

/** The subscription that an invoice bills, null for any other. */
export function subscriptionOf(invoice: Stripe.Invoice): string | null {
  const details = invoice.parent?.subscription_details;
  return details ? idOf(details.subscription) : null;
}

const nothing = paramsOf<object>()({});

export const invoiceEndpoints = [
  endpoint('POST /v1/invoices', createParams, createInvoice),
  endpoint('GET /v1/invoices', listParams, listInvoices),
  endpoint('GET /v1/invoices/:id', nothing, (world, _, id): Stripe.Invoice => world.invoices.get(id, 'invoice')),
  endpoint('POST /v1/invoices/:id', updateParams, updateInvoice),
  endpoint('DELETE /v1/invoices/:id', nothing, (world, _, id) => deleteInvoice(world, id)),
  endpoint('GET /v1/invoices/:id/lines', lineParams, (world, input, id): Stripe.ApiList<Stripe.InvoiceLineItem> => {
    const invoice = world.invoices.get(id, 'invoice');
    return listPage(linesOf(world, invoice), `/v1/invoices/${id}/lines`, input);
  }),
];
