import Stripe from 'stripe';
import { z } from 'zod';
import { endpoint } from './endpoint';
import { assertDraft, attachItem, linesOf, recount } from './invoice-content';
import { isWithin, listPage } from './object-table';
import { bool, currency, int, metadata, paging, paramsOf, period, range, text } from './params';
import { type PeerWorld, idOf, mergedMetadata } from './peer-world';
import { invalidRequest } from './stripe-error';
import { assertTaxable } from './taxes';

/** Only amounts: how Stripe rounds a unit price times a quantity is not known, so nothing of ours may lean on it. */
const createParams = paramsOf<Stripe.InvoiceItemCreateParams>()({
  customer: text,
  amount: int,
  currency,
  invoice: text.optional(),
  subscription: text.optional(),
  description: text.optional(),
  discountable: bool.optional(),
  period: period.optional(),
  metadata: metadata.optional(),
  tax_behavior: z.literal('exclusive').optional(),
});
const updateParams = paramsOf<Stripe.InvoiceItemUpdateParams>()({
  amount: int.optional(),
  description: text.optional(),
  period: period.optional(),
  metadata: metadata.optional(),
});
const listParams = paramsOf<Stripe.InvoiceItemListParams>()({
  ...paging,
  customer: text.optional(),
  invoice: text.optional(),
  pending: bool.optional(),
  created: range.optional(),
});

function createItem(world: PeerWorld, input: z.output<typeof createParams>): Stripe.InvoiceItem {
  world.customers.get(input.customer, 'customer');
  const invoice = input.invoice === undefined ? null : world.invoices.get(input.invoice, 'invoice');
  if (invoice !== null) assertFits(invoice, input);
  if (input.subscription !== undefined) {
    const subscription = world.subscriptions.get(input.subscription, 'subscription');
    if (subscription.status === 'canceled') {
      throw invalidRequest(`Subscription is canceled: ${subscription.id}`, undefined, 'subscription');
    }
  }
  const item: Stripe.InvoiceItem = {
    id: world.newId('ii'),
    object: 'invoiceitem',
    amount: input.amount,
    currency: input.currency,
    customer: input.customer,
    customer_account: null,
    date: world.seconds(),
    description: input.description ?? null,
    discountable: input.discountable ?? true,
    discounts: [],
    invoice: null,
    livemode: false,
    metadata: mergedMetadata({}, input.metadata),
    net_amount: input.amount,
    parent:
      input.subscription === undefined
        ? null
        : { type: 'subscription_details', subscription_details: { subscription: input.subscription } },
    period: input.period ?? { start: world.seconds(), end: world.seconds() },
    pricing: null,
    proration: false,
    quantity: 1,
    quantity_decimal: Stripe.Decimal.from('1'),
    tax_rates: [],
    test_clock: null,
  };
  if (invoice !== null) attachItem(world, invoice, item);
  world.invoiceItems.add(item);
  world.emit('invoiceitem.created', item);
  return item;
}

function assertFits(invoice: Stripe.Invoice, input: z.output<typeof createParams>): void {
  assertDraft(invoice);
  assertTaxable(invoice, input.amount, input.tax_behavior);
  if (invoice.customer !== input.customer) {
    throw invalidRequest(`Invoice ${invoice.id} is not of customer ${input.customer}`, undefined, 'invoice');
  }
  if (invoice.currency !== input.currency) {
    const message = `The currency of the invoice item (${input.currency}) is not that of the invoice (${invoice.currency})`;
    throw invalidRequest(message, undefined, 'currency');
  }
}

function updateItem(world: PeerWorld, input: z.output<typeof updateParams>, id: string): Stripe.InvoiceItem {
  const item = world.invoiceItems.get(id);
  const line = editableLine(world, item);
  item.metadata = mergedMetadata(item.metadata ?? {}, input.metadata);
  if (input.amount !== undefined) item.amount = item.net_amount = input.amount;
  if (input.description !== undefined) item.description = input.description || null;
  if (input.period !== undefined) item.period = input.period;
  if (line !== null) {
    const { amount, description } = item;
    Object.assign(line.line, { amount, subtotal: amount, description, period: { ...item.period } });
    line.line.metadata = { ...item.metadata };
    recount(world, line.invoice);
  }
  return item;
}

function deleteItem(world: PeerWorld, id: string): Stripe.DeletedInvoiceItem {
  const item = world.invoiceItems.get(id);
  const line = editableLine(world, item);
  if (line !== null) {
    const rest = linesOf(world, line.invoice).filter((one) => one !== line.line);
    world.lines.set(line.invoice.id, rest);
    recount(world, line.invoice);
  }
  world.invoiceItems.delete(id);
  world.emit('invoiceitem.deleted', item);
  return { id, object: 'invoiceitem', deleted: true };
}

/** The line that stands for an item, null while it is pending; only drafts let it be changed. */
function editableLine(
  world: PeerWorld,
  item: Stripe.InvoiceItem,
): { invoice: Stripe.Invoice; line: Stripe.InvoiceLineItem } | null {
  if (item.invoice === null) return null;
  const invoice = world.invoices.get(idOf(item.invoice));
  assertDraft(invoice);
  const line = linesOf(world, invoice).find((one) => one.parent?.invoice_item_details?.invoice_item === item.id);
  return line === undefined ? null : { invoice, line };
}

const nothing = paramsOf<object>()({});

export const invoiceItemEndpoints = [
  endpoint('POST /v1/invoiceitems', createParams, createItem),
  endpoint('GET /v1/invoiceitems', listParams, (world, input): Stripe.ApiList<Stripe.InvoiceItem> => {
    const found = world.invoiceItems
      .newestFirst()
      .filter((one) => input.customer === undefined || one.customer === input.customer)
      .filter((one) => input.invoice === undefined || one.invoice === input.invoice)
      .filter((one) => input.pending === undefined || (one.invoice === null) === input.pending)
      .filter((one) => isWithin(one.date, input.created));
    return listPage(found, '/v1/invoiceitems', input);
  }),
  endpoint('GET /v1/invoiceitems/:id', nothing, (world, _, id): Stripe.InvoiceItem => world.invoiceItems.get(id)),
  endpoint('POST /v1/invoiceitems/:id', updateParams, updateItem),
  endpoint('DELETE /v1/invoiceitems/:id', nothing, (world, _, id) => deleteItem(world, id)),
];
