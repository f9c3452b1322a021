import { type PoolClient } from 'pg';
import { z } from 'zod';
import { type BilledLine } from '../period/adjust-period';

const periodRow = z
  .object({ period_start: z.date(), period_end: z.date() })
  .transform(({ period_start, period_end }) => ({ from: period_start, to: period_end }));

const lineRow = z
  .object({
    metric: z.string(),
    plan_version_id: z.string(),
    from_at: z.date(),
    quantity: z.string(),
    exact_amount: z.string(),
    amount_minor: z.coerce.number(),
  })
  .transform(({ metric, plan_version_id, from_at, quantity, exact_amount, amount_minor }): BilledLine => ({
    metric,
    planVersionId: plan_version_id,
    from: from_at,
    quantity,
    exact: exact_amount,
    amountMinor: amount_minor,
  }));

/** Whether events came late that no invoice knows of. */
export async function hasLateEvents(client: PoolClient, organizationId: string): Promise<boolean> {
  const { rows } = await client.query<{ late: boolean }>(
    `select exists (
       select from late_usage_events l join billing_accounts a using (organization_id)
       where l.organization_id = $1 and l.stored_at > a.revised_through
     ) as late`,
    [organizationId],
  );
  return rows[0]!.late;
}

/**
 * Freezes what events that came late made of closed periods, up to now.
 * @returns the periods before `before` that are other than they were.
 */
export async function reviseClosedPeriods(
  client: PoolClient,
  organizationId: string,
  before: Date,
): Promise<{ from: Date; to: Date }[]> {
  // As text: a cutoff has microseconds.
  const { rows } = await client.query<{ cutoff: string | null }>(`select revise_closed_periods($1)::text as cutoff`, [
    organizationId,
  ]);
  const { cutoff } = rows[0]!;
  if (cutoff === null) return [];
  const periods = await client.query(
    `select distinct p.period_start, p.period_end from quota_phase_revisions r join closed_periods p using (organization_id, period_start)
     where r.organization_id = $1 and r.stored_through = $2 and r.period_start < $3 order by 1`,
    [organizationId, cutoff, before],
  );
  return periods.rows.map((row) => periodRow.parse(row));
}

/** What invoices said of a period's usage, in the order in which they were issued; one that was voided said it too. */
export async function readBilledLines(
  client: PoolClient,
  organizationId: string,
  periodStart: Date,
): Promise<BilledLine[]> {
  const { rows } = await client.query(
    `select l.metric, l.plan_version_id, l.from_at, l.quantity::text, l.exact_amount::text, l.amount_minor
     from invoice_lines l join invoices i on i.id = l.invoice_id
     where l.organization_id = $1 and l.period_start = $2 and l.metric is not null order by i.period_start, l.position`,
    [organizationId, periodStart],
  );
  return rows.map((row) => lineRow.parse(row));
}

/** Whether a period has an invoice. */
export async function hasInvoice(client: PoolClient, organizationId: string, periodStart: Date): Promise<boolean> {
  const { rowCount } = await client.query('select from invoices where organization_id = $1 and period_start = $2', [
    organizationId,
    periodStart,
  ]);
  return rowCount === 1;
}
