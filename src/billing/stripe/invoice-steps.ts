/** The steps by which an invoice of ours becomes one of Stripe's: where its items go, each item, and that it is final. */
import type Stripe from 'stripe';
import { type InvoiceView } from '../invoices/invoice-contracts';
import { type StripeCustomer } from './customer-store';
import { type Effect } from './effect-store';
import { type ItemToTell } from './items-to-tell';
import { type EffectStep, NotYet } from './run-effect';
import { type StripeClient } from './stripe-client';
import { searchFrom } from './stripe-customers';
import { type StripeFailure, StripeFailure as Failure } from './stripe-failure';
import { noteRefusal, noteStripeInvoice } from './told-store';
import { idOfObject } from './id-of-object';

export interface InvoiceStepsOptions {
  client: StripeClient;
  /** Whether Stripe is to compute taxes. */
  automaticTax: boolean;
  now: () => Date;
}

/** What is told: the invoice as it was issued, its items, and to whom. */
export interface Telling {
  invoice: InvoiceView;
  items: readonly ItemToTell[];
  customer: StripeCustomer;
}

const HOUR_S = 3_600;
const DAY_MS = 86_400_000;
/** For how long the draft of a subscription is kept open for our items, in hours; afterwards Stripe makes it final as it is. */
const HELD_HOURS = 72;

export function createInvoiceSteps({ client, automaticTax, now }: InvoiceStepsOptions) {
  const retrieve = (id: string) => client.call('invoice', (sdk) => sdk.invoices.retrieve(id));

  /** Everything of ours that a customer has been charged since shortly before an effect was written down. */
  const itemsOf = ({ customer }: Telling, effect: Effect) =>
    client.list('invoiceitem', (sdk, paging) =>
      sdk.invoiceItems.list({
        customer: customer.customerId,
        created: { gte: searchFrom(effect.createdAt) },
        ...paging,
      }),
    );

  const itemsOfInvoice = async (telling: Telling, effect: Effect) =>
    (await itemsOf(telling, effect)).filter(({ metadata }) => metadata?.['tollgate_invoice'] === telling.invoice.id);

  /** A draft of its own, with nothing on it. */
  const ownInvoice = (
    { invoice, customer }: Telling,
    effect: Effect,
  ): EffectStep<Stripe.InvoiceCreateParams, Stripe.Invoice> => ({
    request: {
      customer: customer.customerId,
      currency: invoice.currency.toLowerCase(),
      auto_advance: false,
      pending_invoice_items_behavior: 'exclude',
      ...(invoice.number !== null && { number: invoice.number }),
      ...(customer.hasPaymentMethod
        ? { collection_method: 'charge_automatically' }
        : { collection_method: 'send_invoice', days_until_due: daysUntil(invoice.due_at, now()) }),
      metadata: { tollgate_invoice: invoice.id, tollgate_effect: effect.effect },
      ...(automaticTax && { automatic_tax: { enabled: true } }),
    },
    perform: (request, idempotencyKey) =>
      client.call('invoice', (sdk) => sdk.invoices.create(request, { idempotencyKey })),
    async find() {
      const created = { gte: searchFrom(effect.createdAt) };
      const found = await client.list('invoice', (sdk, paging) =>
        sdk.invoices.list({ customer: customer.customerId, created, ...paging }),
      );
      return found.find((one) => one.metadata?.['tollgate_effect'] === effect.effect) ?? null;
    },
    // Our number is taken: by what an earlier call made.
    mayExist: ({ param }) => param === 'number',
    record: (tx, { id }) => noteStripeInvoice(tx, invoice.id, id),
    onRefused: (tx, reason) => noteRefusal(tx, invoice.id, reason),
  });

  /** The draft of the subscription's next invoice, held open for our items; there is none but around the end of a period. */
  const subscriptionDraft = ({ invoice, customer }: Telling): EffectStep<{ until: number }, Stripe.Invoice> => ({
    request: { until: Math.floor(now().getTime() / 1000) + HELD_HOURS * HOUR_S },
    async perform({ until }, idempotencyKey) {
      const subscription = customer.subscriptionId ?? '';
      const drafts = await client.list('invoice', (sdk, paging) =>
        sdk.invoices.list({ customer: customer.customerId, subscription, status: 'draft', ...paging }),
      );
      const draft = drafts.at(-1);
      if (!draft) throw new NotYet('the subscription has no draft at present');
      const held = await client.call('invoice', (sdk) =>
        sdk.invoices.update(draft.id, { automatically_finalizes_at: until }, { idempotencyKey }),
      );
      if (held.status !== 'draft') throw new NotYet('the draft of the subscription was closed');
      return held;
    },
    // It was closed between the two calls.
    isMoved: isClosed,
    // Said twice it is the same.
    find: async () => null,
    record: (tx, { id }) => noteStripeInvoice(tx, invoice.id, id),
    onRefused: (tx, reason) => noteRefusal(tx, invoice.id, reason),
  });

  const item = (
    telling: Telling,
    effect: Effect,
    { params }: ItemToTell,
    target: { id: string; isOwn: boolean },
  ): EffectStep<Stripe.InvoiceItemCreateParams, Stripe.InvoiceItem> => ({
    request: {
      ...params,
      customer: telling.customer.customerId,
      invoice: target.id,
      ...(automaticTax && { tax_behavior: 'exclusive' }),
    },
    perform: (request, idempotencyKey) =>
      client.call('invoiceitem', (sdk) => sdk.invoiceItems.create(request, { idempotencyKey })),
    async find() {
      const found = await itemsOf(telling, effect);
      return found.find(({ metadata }) => metadata?.['tollgate_effect'] === effect.effect) ?? null;
    },
    // The draft of a subscription was closed: it goes onto the next one.
    isMoved: (failure) => !target.isOwn && isClosed(failure),
    onRefused: (tx, reason) => noteRefusal(tx, telling.invoice.id, reason),
  });

  /** @throws StripeFailure refused, where what Stripe has of an invoice is not what we say. */
  async function compare(telling: Telling, effect: Effect, target: { id: string; isOwn: boolean }): Promise<void> {
    const { items } = telling;
    const theirs = await itemsOfInvoice(telling, effect);
    const told = new Map(theirs.map((one) => [one.metadata?.['tollgate_effect'], one]));
    const wrong = items.find(({ effect: name, params }) => told.get(name)?.amount !== params.amount);
    if (wrong || theirs.length !== items.length || told.size !== items.length)
      throw different(`item ${wrong?.effect ?? ''}`, items.length, theirs.length);
    if (!target.isOwn) return;
    const expected = theirs.reduce((sum, one) => sum + (idOfObject(one.invoice) === target.id ? one.amount : 0), 0);
    const total = withoutTaxes(await retrieve(target.id));
    if (total !== expected) throw different('the total in minor units', expected, total);
  }

  const finalize = (
    telling: Telling,
    effect: Effect,
    target: { id: string; isOwn: boolean },
  ): EffectStep<object, Stripe.Invoice> => ({
    request: {},
    async perform(_request, idempotencyKey) {
      await compare(telling, effect, target);
      return client.call('invoice', (sdk) =>
        sdk.invoices.finalizeInvoice(target.id, { auto_advance: true }, { idempotencyKey }),
      );
    },
    async find() {
      const invoice = await retrieve(target.id);
      return invoice.status === 'draft' ? null : invoice;
    },
    mayExist: isClosed,
    onRefused: (tx, reason) => noteRefusal(tx, telling.invoice.id, reason),
  });

  /** What Stripe made of it. */
  async function read(telling: Telling, effect: Effect, target: { id: string; isOwn: boolean }) {
    const theirs = await retrieve(target.id);
    const found = { paymentUrl: theirs.hosted_invoice_url ?? null };
    if (target.isOwn) return { ...found, taxMinor: taxesOf(theirs.total_taxes) };
    let taxMinor = 0;
    // Where a draft was closed half-way, items went onto several.
    for (const id of new Set((await itemsOfInvoice(telling, effect)).map((item) => idOfObject(item.invoice)))) {
      const lines = id && (await client.list('line_item', (sdk, paging) => sdk.invoices.listLineItems(id, paging)));
      for (const { metadata, taxes } of lines || []) {
        if (metadata['tollgate_invoice'] === telling.invoice.id) taxMinor += taxesOf(taxes);
      }
    }
    return { ...found, taxMinor };
  }

  return { ownInvoice, subscriptionDraft, item, finalize, read };
}

const isClosed = ({ code }: StripeFailure): boolean => code === 'invoice_not_editable';
const taxesOf = (taxes: readonly { amount: number }[] | null): number =>
  (taxes ?? []).reduce((sum, { amount }) => sum + amount, 0);
const withoutTaxes = ({ total, total_taxes }: Stripe.Invoice): number => total - taxesOf(total_taxes);

const daysUntil = (due: string | null, now: Date): number =>
  due === null ? 1 : Math.max(1, Math.ceil((Date.parse(due) - now.getTime()) / DAY_MS));

const different = (what: string, ours: number, theirs: number): Failure =>
  new Failure(`Stripe has something else than was told: ${what}, expected ${ours}, received ${theirs}`, {
    kind: 'refused',
  });
