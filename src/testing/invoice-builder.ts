import { type Pool } from 'pg';
import { newId } from '@/kernel/ids';

interface BuiltLine {
  kind?: 'plan' | 'usage' | 'adjustment' | 'carried';
  from?: string;
  to?: string;
  metric?: string | null;
  quantity?: string | null;
  quantity_before?: string | null;
  included?: string | null;
  overage_limit?: string | null;
  price?: unknown;
  days?: number | null;
  of_days?: number | null;
  parts?: unknown[];
  billed_minor?: number | null;
  exact_amount?: string;
  amount_minor?: number;
  stored_through?: string | null;
  events?: number | null;
  period_start?: string;
}

interface BuiltInvoice {
  organizationId: string;
  /** `YYYY-MM-DD`, half-open. */
  from?: string;
  to?: string;
  lines?: BuiltLine[];
  currency?: string;
  collection?: 'manual' | 'stripe_invoice' | 'stripe_subscription';
}

const LINES = `
  insert into invoice_lines (id, invoice_id, organization_id, position, kind, description, from_at, to_at, period_start, plan_version_id, metric, unit, quantity,
    quantity_before, included, overage_limit, price, days, of_days, parts, billed_minor, exact_amount, amount_minor, stored_through, events)
  select l.id, $1, $2, l.position, l.kind, l.description, l."from", l."to", l.period_start,
    (select id from plan_versions where plan_key = 'pro' order by version desc limit 1), l.metric, l.unit, l.quantity, l.quantity_before, l.included,
    l.overage_limit, l.price, l.days, l.of_days, l.parts, l.billed_minor, l.exact_amount, l.amount_minor, l.stored_through, l.events
  from jsonb_to_recordset($3) l (id uuid, position integer, kind text, description text, "from" timestamptz, "to" timestamptz, period_start timestamptz,
    metric text, unit text, quantity numeric, quantity_before numeric, included numeric, overage_limit numeric, price jsonb, days integer, of_days integer,
    parts jsonb, billed_minor bigint, exact_amount numeric, amount_minor bigint, stored_through timestamptz, events bigint)`;

/** A draft with lines, as billing would write it; of a usage line of api_calls what a test cares about is given. */
export async function insertInvoice(
  pool: Pool,
  {
    organizationId,
    from = '2026-01-01',
    to = '2026-02-01',
    lines = [{}],
    currency = 'USD',
    collection = 'manual',
  }: BuiltInvoice,
): Promise<{ id: string; lineIds: string[] }> {
  const id = newId();
  const rows = lines.map((line, place) => {
    const isUsage = line.kind === undefined || line.kind === 'usage' || line.kind === 'adjustment';
    const usage = {
      metric: 'api_calls',
      unit: 'call',
      quantity: '0',
      quantity_before: '0',
      included: '0',
      price: null,
      days: 31,
      of_days: 31,
      stored_through: '2027-01-01T00:00:00Z',
      events: 0,
    };
    return {
      id: newId(),
      position: place + 1,
      kind: 'usage',
      description: `Line ${place + 1}`,
      from,
      to,
      period_start: from,
      parts: [],
      exact_amount: '0',
      amount_minor: 0,
      ...(isUsage && usage),
      ...line,
    };
  });
  const subtotal = rows.reduce((sum, { amount_minor }) => sum + amount_minor, 0);
  await pool.query(
    `insert into invoices (id, organization_id, kind, period_start, period_end, collection, currency, subtotal_minor, total_minor, drafted_at)
     values ($1, $2, 'period', $3, $4, $7, $5, $6, $6, $4)`,
    [id, organizationId, from, to, currency, subtotal, collection],
  );
  await pool.query(LINES, [id, organizationId, JSON.stringify(rows)]);
  return { id, lineIds: rows.map((row) => row.id) };
}

/** Gives a draft its number, as billing would. @param at an instant. */
export async function finalizeInvoice(pool: Pool, id: string, at = '2026-02-01T02:00:00Z'): Promise<string> {
  const party = { name: 'Somebody', lines: ['1 Street'], tax_id: null, email: null };
  const { rows } = await pool.query<{ number: string }>(
    `with taken as (
       update billing_accounts a set last_invoice_number = last_invoice_number + 1
       from invoices i where i.id = $1 and i.organization_id = a.organization_id
       returning a.last_invoice_number as sequence, a.number_prefix || '-' || lpad(a.last_invoice_number::text, 4, '0') as number
     )
     update invoices i set status = 'finalized', sequence = t.sequence, number = t.number, seller = $2, bill_to = $2, finalized_at = $3, due_at = $3
     from taken t where i.id = $1 returning i.number`,
    [id, party, at],
  );
  return rows[0]!.number;
}
