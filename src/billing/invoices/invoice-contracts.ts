import { z } from 'zod';
import { priceModel } from '@/rating/contracts';

const instant = (what: string) => z.string().describe(what);
/** With six digits behind the second: events are held against it to the microsecond. */
const exactInstant = (what: string) =>
  z
    .string()
    .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/, 'expected an instant such as 2026-01-31T00:00:00.000000Z')
    .describe(what);
const decimal = (what: string) =>
  z
    .string()
    .regex(/^-?\d+(\.\d+)?$/, 'expected a decimal number as a string, e.g. "150.5"')
    .describe(what);
const money = (what: string) => decimal(`${what} In major units of the currency, e.g. "49.00".`);
const minor = z.int();

export const INVOICE_STATUSES = ['draft', 'finalized', 'sent', 'paid', 'payment_failed', 'void'] as const;
export const LINE_KINDS = ['plan', 'usage', 'adjustment', 'carried'] as const;

const PART_KINDS = [
  ...(['included', 'flat', 'units', 'tier', 'packages', 'minimum', 'maximum', 'free'] as const),
  ...(['fee', 'base', 'prorated', 'floor'] as const),
] as const;

export const invoiceParty = z
  .object({
    name: z.string(),
    lines: z.array(z.string()).describe('Of the address, from the top.'),
    tax_id: z.string().nullable(),
    email: z.string().nullable(),
  })
  .meta({ id: 'InvoiceParty' });

export const invoiceSummary = z
  .object({
    id: z.uuid(),
    number: z.string().nullable().describe('Null of a draft, which only platform admins see.'),
    status: z.enum(INVOICE_STATUSES),
    collection: z
      .enum(['stripe_invoice', 'stripe_subscription', 'manual'])
      .describe(
        'How it is paid: by an invoice of its own at Stripe, with that of a Stripe subscription, or otherwise.',
      ),
    currency: z.string(),
    period_start: exactInstant('The period that is billed, half-open, in UTC.'),
    period_end: exactInstant('Its end.'),
    subtotal: money('What the lines add up to.'),
    subtotal_minor: minor,
    tax: money('Taxes, added where Stripe computes them.'),
    tax_minor: minor,
    total: money('Subtotal and tax.'),
    total_minor: minor,
    credited: money('What credit notes took off.'),
    credited_minor: minor,
    finalized_at: instant('When it got its number.').nullable(),
    due_at: instant('By when it is to be paid.').nullable(),
    sent_at: instant('When it was handed over.').nullable(),
    paid_at: instant('When it was paid.').nullable(),
    failed_at: instant('When a payment failed last.').nullable(),
    voided_at: instant('When it was voided.').nullable(),
    payment_url: z.string().nullable().describe('Where it can be paid.'),
  })
  .meta({ id: 'InvoiceSummary' });
export type InvoiceSummary = z.output<typeof invoiceSummary>;

const linePart = z.object({
  kind: z
    .enum(PART_KINDS)
    .describe(
      'included: costs nothing. flat, units, tier, packages: by the price. minimum, maximum: what is added or taken off. free: beyond the end of ' +
        'overage. fee, base: the share by days of flat_amount. prorated: what is taken off by days. floor: what is added where more units would cost less.',
    ),
  quantity: decimal('Units of this part; those of a usage line add up to its quantity.'),
  unit_price: decimal('Price of one of them.').nullable(),
  flat_amount: decimal('What is charged beside its units, or what the amount is a share of.'),
  amount: decimal('Exact, in major units.'),
});

const lineEvidence = z
  .object({
    events: z.int().min(0).describe('How many events there are. They are those that happened in [from, to).'),
    stored_through: exactInstant('The cutoff: events that were stored later are not in it.'),
    opening: z
      .object({ at: exactInstant('When it was reported.'), level: decimal('Units.') })
      .nullable()
      .describe('Of a gauge: the level that it began with, reported before `from`. Null where there was none.'),
    digest_sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .nullable()
      .describe(
        'SHA-256 over the canonical text of the events, see docs/decisions/0013. Null of a draft that is not sealed yet.',
      ),
  })
  .meta({ id: 'LineEvidence' });

/** Everything that is needed to compute the amount again, and to hold the events of the line against it. */
export const invoiceLineView = z
  .object({
    id: z.uuid(),
    position: z.int().min(1),
    kind: z.enum(LINE_KINDS),
    description: z.string(),
    from: exactInstant('What the line is about, half-open, in UTC: a phase of the period.'),
    to: exactInstant('Its end.'),
    period_start: exactInstant('Of the period that it belongs to: of an adjustment an earlier one.'),
    plan: z.object({ key: z.string(), name: z.string(), version: z.int(), version_id: z.uuid() }).nullable(),
    metric: z.string().nullable(),
    unit: z.string().nullable(),
    aggregation: z.enum(['sum', 'count', 'max', 'last']).nullable(),
    quantity: decimal('Units used in the phase; of a gauge its level. Null where the line counts none.').nullable(),
    quantity_before: decimal(
      'Units that earlier phases of the period used: they count against the included ones.',
    ).nullable(),
    included: decimal('Units of the period that cost nothing more. Null is unlimited, or none are counted.').nullable(),
    overage_limit: decimal('Units of overage after which it stops; null is no end.').nullable(),
    price: priceModel.nullable().describe('What units beyond the included ones cost; null is nothing.'),
    days: z.int().nullable().describe('The share that is charged of what is charged by days: so many days'),
    of_days: z.int().nullable().describe('of so many.'),
    base_waived: z.boolean().describe('Whether what is charged without any usage is not charged: in a trial.'),
    parts: z.array(linePart).describe('How the amount comes about; of an adjustment the amount that is due in all.'),
    billed: money('Of an adjustment: what earlier invoices charged for it; null of other lines.').nullable(),
    billed_minor: minor.nullable(),
    exact_amount: decimal('In major units, before it is rounded.'),
    amount: money('Rounded once, half up. Of an adjustment what is due in all, minus what was billed.'),
    amount_minor: minor,
    tax: money('Tax on it.'),
    tax_minor: minor,
    evidence: lineEvidence.nullable().describe('Of usage and adjustments; null of other lines.'),
  })
  .meta({ id: 'InvoiceLine' });
export type InvoiceLineView = z.output<typeof invoiceLineView>;

export const invoiceView = invoiceSummary
  .extend({
    seller: invoiceParty.nullable().describe('As it was when the invoice was finalized.'),
    bill_to: invoiceParty.nullable().describe('As it was when the invoice was finalized.'),
    lines: z.array(invoiceLineView),
  })
  .meta({ id: 'Invoice' });
export type InvoiceView = z.output<typeof invoiceView>;

export const invoiceList = z
  .object({ data: z.array(invoiceSummary), next_cursor: z.string().nullable() })
  .meta({ id: 'InvoiceList' });
export type InvoiceList = z.output<typeof invoiceList>;

export const invoiceListQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z.string().min(1).max(200).optional().describe('next_cursor of the page before'),
});

export const lineEventsQuery = z.strictObject({ format: z.enum(['csv', 'ndjson']).default('csv') });

export type InvoiceListQuery = z.output<typeof invoiceListQuery>;
