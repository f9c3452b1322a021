import { randomBytes } from 'node:crypto';
import Stripe from 'stripe';
import { invalidRequest } from './stripe-error';
import { ObjectTable } from './object-table';

/** What happens when a customer's card is charged. */
export type PaymentOutcome = 'succeeds' | 'fails' | 'requires_action';

type EventObject = { object: string };

/** What a checkout session says of the subscription to come. */
export interface CheckoutSubscription {
  metadata: Record<string, string>;
  anchor: Stripe.Subscription.BillingCycleAnchorConfig | null;
  /** Whether the time up to the anchor is charged for. */
  prorates: boolean;
}

/** Everything that the peer knows: its objects, its clock and what payments do. */
export class PeerWorld {
  readonly customers = new ObjectTable<Stripe.Customer>('customer');
  readonly products = new ObjectTable<Stripe.Product>('product');
  readonly prices = new ObjectTable<Stripe.Price>('price');
  readonly subscriptions = new ObjectTable<Stripe.Subscription>('subscription');
  readonly invoices = new ObjectTable<Stripe.Invoice>('invoice');
  readonly invoiceItems = new ObjectTable<Stripe.InvoiceItem>('invoiceitem');
  readonly invoicePayments = new ObjectTable<Stripe.InvoicePayment>('invoice_payment');
  readonly paymentMethods = new ObjectTable<Stripe.PaymentMethod>('payment_method');
  readonly creditNotes = new ObjectTable<Stripe.CreditNote>('credit_note');
  readonly checkoutSessions = new ObjectTable<Stripe.Checkout.Session>('checkout.session');
  readonly meters = new ObjectTable<Stripe.Billing.Meter>('billing.meter');
  readonly meterEvents: Stripe.Billing.MeterEvent[] = [];
  readonly events = new ObjectTable<Stripe.Event>('event');
  /** All lines of an invoice; the invoice itself shows the first ten. */
  readonly lines = new Map<string, Stripe.InvoiceLineItem[]>();
  /** What was asked for when a checkout session was made, until it is completed. */
  readonly checkoutItems = new Map<string, { price: string; quantity: number }[]>();
  readonly checkoutSubscriptions = new Map<string, CheckoutSubscription>();
  /** What happens when an invoice is paid, by its id. */
  readonly whenPaid = new Map<string, () => void>();
  /** Where the portal sends a person back to, by its session. */
  readonly portalReturns = new Map<string, string>();
  /** What automatic taxes add, in percent of each line. */
  taxPercent = 0;
  readonly paymentOutcomes = new Map<string, PaymentOutcome>();
  /** Where the pages for people are. */
  origin = '';
  /** Called with each event right after it was made. */
  onEvent: (event: Stripe.Event) => void = () => undefined;

  readonly #tag = randomBytes(4).toString('hex');
  #count = 0;
  #moved = 0;

  /** @param realNow the clock that the peer's own runs beside */
  constructor(private readonly realNow: () => Date) {}

  now(): Date {
    return new Date(this.realNow().getTime() + this.#moved);
  }

  /** The peer's time as Stripe says it: whole seconds. */
  seconds(): number {
    return Math.floor(this.now().getTime() / 1000);
  }

  moveClock(milliseconds: number): void {
    this.#moved += milliseconds;
  }

  /** Ids differ between peers, and sort in the order in which they were made. */
  newId(prefix: string): string {
    this.#count += 1;
    return `${prefix}_${this.#tag}${String(this.#count).padStart(8, '0')}`;
  }

  /** Records an event with a copy of the object as it stands now. */
  emit(type: Stripe.Event.Type, object: EventObject, previous?: Record<string, unknown>): void {
    const event = {
      id: this.newId('evt'),
      object: 'event',
      api_version: Stripe.API_VERSION,
      created: this.seconds(),
      data: { object, ...(previous === undefined ? {} : { previous_attributes: previous }) },
      livemode: false,
      pending_webhooks: 1,
      request: null,
      type,
    };
    const copy = JSON.parse(JSON.stringify(event)) as Stripe.Event;
    this.events.add(copy);
    this.onEvent(copy);
  }
}

/** The id in a field that may also hold the object itself. */
export function idOf(field: string | { id: string } | null): string {
  return typeof field === 'string' ? field : (field?.id ?? '');
}

/** `now` with `changes` laid over it; '' as a value takes a name away, '' as the whole takes all away. */
export function mergedMetadata(
  now: Record<string, string>,
  changes: '' | Record<string, string> | undefined,
): Record<string, string> {
  if (changes === '') return {};
  const merged = Object.entries({ ...now, ...changes }).filter(([, value]) => value !== '');
  if (merged.length > 50) throw invalidRequest('Metadata can have up to 50 keys', undefined, 'metadata');
  return Object.fromEntries(merged);
}
