/** Invoices and their lines as Postgres says them: decimals and instants as texts, so that no digit is lost on the way. */
import { z } from 'zod';
import { INVOICE_STATUSES, invoiceParty, LINE_KINDS } from './invoice-contracts';

/** An instant in UTC with microseconds, always of the same length, so that such texts are ordered as the instants are. */
const exactInstant = (sql: string): string => `to_char(${sql} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
/** An exact decimal without zeros at its end. */
const decimal = (sql: string): string => `trim_scale(${sql})::text`;

const named = (columns: string[], as: (sql: string) => string, table: string): string[] =>
  columns.map((column) => `${as(`${table}.${column}`)} as ${column}`);
const same = (sql: string) => sql;

export const INVOICE_COLUMNS = [
  ...named(['id', 'number', 'status', 'collection', 'currency', 'seller', 'bill_to', 'payment_url'], same, 'i'),
  ...named(['subtotal_minor', 'tax_minor', 'total_minor', 'credited_minor'], same, 'i'),
  ...named(
    ['period_start', 'period_end', 'finalized_at', 'due_at', 'sent_at', 'paid_at', 'failed_at', 'voided_at'],
    exactInstant,
    'i',
  ),
].join(', ');

/**
 * Lines `l` with the plan and the metric that they name. Whether what is charged without usage was waived is said by the phase of
 * the subscription that held at the line's end; phases that have begun are never changed.
 */
export const LINES = `
  select ${[
    ...named(
      ['id', 'position', 'kind', 'description', 'metric', 'unit', 'price', 'days', 'of_days', 'parts'],
      same,
      'l',
    ),
    ...named(['billed_minor', 'amount_minor', 'tax_minor', 'events', 'digest_sha256', 'plan_version_id'], same, 'l'),
    ...named(['from_at', 'to_at', 'period_start', 'stored_through', 'opening_at'], exactInstant, 'l'),
    ...named(
      ['quantity', 'quantity_before', 'included', 'overage_limit', 'exact_amount', 'opening_level'],
      decimal,
      'l',
    ),
  ].join(', ')},
    v.plan_key, p.name as plan_name, v.version as plan_version, m.aggregation,
    l.metric is not null and coalesce((
      select f.fee = 'none' from subscription_phases f
      where f.organization_id = l.organization_id and f.starts_at < l.to_at order by f.starts_at desc limit 1
    ), false) as base_waived
  from invoice_lines l
  left join plan_versions v on v.id = l.plan_version_id
  left join plans p on p.key = v.plan_key
  left join metrics m on m.key = l.metric`;

const minor = z.coerce.number().int();
const text = z.string().nullable();

export const invoiceRow = z.object({
  id: z.string(),
  number: text,
  status: z.enum(INVOICE_STATUSES),
  collection: z.enum(['stripe_invoice', 'stripe_subscription', 'manual']),
  currency: z.string(),
  seller: invoiceParty.nullable(),
  bill_to: invoiceParty.nullable(),
  payment_url: text,
  subtotal_minor: minor,
  tax_minor: minor,
  total_minor: minor,
  credited_minor: minor,
  period_start: z.string(),
  period_end: z.string(),
  finalized_at: text,
  due_at: text,
  sent_at: text,
  paid_at: text,
  failed_at: text,
  voided_at: text,
});
export type InvoiceRow = z.output<typeof invoiceRow>;

export const lineRow = z.object({
  id: z.string(),
  position: z.number(),
  kind: z.enum(LINE_KINDS),
  description: z.string(),
  metric: text,
  unit: text,
  aggregation: z.enum(['sum', 'count', 'max', 'last']).nullable(),
  price: z.unknown(),
  days: z.number().nullable(),
  of_days: z.number().nullable(),
  base_waived: z.boolean(),
  parts: z.unknown(),
  billed_minor: minor.nullable(),
  amount_minor: minor,
  tax_minor: minor,
  events: z.coerce.number().nullable(),
  digest_sha256: text,
  plan_version_id: text,
  plan_key: text,
  plan_name: text,
  plan_version: z.number().nullable(),
  from_at: z.string(),
  to_at: z.string(),
  period_start: z.string(),
  stored_through: text,
  opening_at: text,
  quantity: text,
  quantity_before: text,
  included: text,
  overage_limit: text,
  exact_amount: z.string(),
  opening_level: text,
});
export type LineRow = z.output<typeof lineRow>;
