import type Stripe from 'stripe';
import { type PeerWorld, idOf } from './peer-world';
import { invalidRequest } from './stripe-error';

/** Computes the tax of a line by the rate of the peer, added to its amount and rounded half up to the minor unit. */
export function taxLine(world: PeerWorld, invoice: Stripe.Invoice, line: Stripe.InvoiceLineItem): void {
  if (!invoice.automatic_tax.enabled) {
    line.taxes = [];
    return;
  }
  const tax = (line.amount * world.taxPercent) / 100;
  line.taxes = [
    {
      amount: Math.sign(tax) * Math.round(Math.abs(tax)),
      tax_behavior: 'exclusive',
      tax_rate_details: { tax_rate: 'txr_peer' },
      taxability_reason: 'standard_rated',
      taxable_amount: line.amount,
      type: 'tax_rate_details',
    },
  ];
}

/** The taxes of an invoice: of one rate, the sum of its lines'. */
export function totalTaxes(invoice: Stripe.Invoice, lines: Stripe.InvoiceLineItem[]): Stripe.Invoice.TotalTax[] {
  if (!invoice.automatic_tax.enabled || lines.length === 0) return [];
  const [first] = lines.flatMap(({ taxes }) => taxes ?? []);
  if (first === undefined) return [];
  const sum = (numbers: number[]) => numbers.reduce((total, one) => total + one, 0);
  const amount = sum(lines.flatMap(({ taxes }) => (taxes ?? []).map((tax) => tax.amount)));
  return [{ ...first, amount, taxable_amount: sum(lines.map((line) => line.amount)) }];
}

/** @throws StripePeerError for an item that an invoice with automatic taxes cannot have: a negative one, or of no tax behavior */
export function assertTaxable(invoice: Stripe.Invoice, amount: number, behavior: string | undefined): void {
  if (!invoice.automatic_tax.enabled) return;
  if (amount < 0) throw invalidRequest('Automatic tax does not take negative amounts', undefined, 'amount');
  if (behavior === undefined) throw invalidRequest('Automatic tax needs a tax behavior', undefined, 'tax_behavior');
}

/** @throws StripePeerError `customer_tax_location_invalid` where it is not known where the customer is */
export function assertLocated(world: PeerWorld, invoice: Stripe.Invoice): void {
  if (!invoice.automatic_tax.enabled) return;
  const isKnown = Boolean(world.customers.get(idOf(invoice.customer)).address?.country);
  invoice.automatic_tax.status = isKnown ? 'complete' : 'requires_location_inputs';
  if (isKnown) return;
  throw invalidRequest("The customer's location isn't recognized", 'customer_tax_location_invalid', 'invoice');
}
