import { type Pool, type PoolClient } from 'pg';
import { z } from 'zod';
import { inTransaction } from '@/db';
import { createInvoiceQueries } from '../invoices/invoice-queries';
import { checkInvoice } from './check-invoice';
import { evidenceTermsOf } from './line-event';
import { digestLine, differenceOf } from './seal-lines';

/** Something that invoices say and that does not follow from what is kept. */
interface BillingDifference {
  check: string;
  organization_id: string;
  detail: string;
}

interface BillingVerification {
  invoices: number;
  /** Lines whose digest was made again from raw events; retention may have removed those of others. */
  digests: number;
  /** Empty when every invoice follows from its terms, its events and the account. */
  differences: BillingDifference[];
}

const NUMBERS = `
  select 'numbers without gaps' as "check", a.organization_id, format('%s invoices have numbers up to %s | account %s', count(i.sequence), coalesce(max(i.sequence), 0), a.last_invoice_number) as detail
  from billing_accounts a left join invoices i on i.organization_id = a.organization_id and i.sequence is not null
  group by a.organization_id, a.last_invoice_number
  having count(i.sequence) <> a.last_invoice_number or coalesce(max(i.sequence), 0) <> a.last_invoice_number`;

const CARRIED = `
  select 'carried = account' as "check", a.organization_id, format('lines %s | account %s', -coalesce(sum(l.amount_minor), 0), a.carried_minor) as detail
  from billing_accounts a left join invoice_lines l on l.organization_id = a.organization_id and l.kind = 'carried'
  group by a.organization_id, a.carried_minor
  having coalesce(sum(l.amount_minor), 0) + a.carried_minor <> 0`;

/** What was frozen of the phases that a line covers, as of its cutoff. */
const QUANTITIES = `
  with frozen as (
    select l.id, m.aggregation, k.starts_at, k.quantity, k.events
    from invoice_lines l
    join metrics m on m.key = l.metric
    cross join lateral (
      select distinct on (q.starts_at) q.starts_at, q.quantity, q.events from (
        select s.starts_at, s.quantity, s.events, '-infinity'::timestamptz as cutoff from quota_phase_snapshots s
        where s.organization_id = l.organization_id and s.livemode and s.metric = l.metric and s.period_start = l.period_start
        union all
        select r.starts_at, r.quantity, r.events, r.stored_through from quota_phase_revisions r
        where r.organization_id = l.organization_id and r.metric = l.metric and r.period_start = l.period_start and r.stored_through <= l.stored_through
      ) q
      where q.starts_at >= l.from_at and q.starts_at < l.to_at order by q.starts_at, q.cutoff desc
    ) k
    where l.metric is not null
  ),
  summed as (
    select f.id, sum(f.events) as events,
      case f.aggregation when 'last' then (array_agg(f.quantity order by f.starts_at desc))[1] when 'max' then max(f.quantity) else sum(f.quantity) end as quantity
    from frozen f group by f.id, f.aggregation
  )
  select 'line = frozen quantity' as "check", l.organization_id,
    format('line %s of invoice %s: %s %s in %s events | frozen %s in %s', l.position, coalesce(i.number, i.id::text), l.quantity, l.metric, l.events, coalesce(s.quantity, 0), coalesce(s.events, 0)) as detail
  from invoice_lines l join invoices i on i.id = l.invoice_id left join summed s on s.id = l.id
  where l.metric is not null and row(l.quantity, l.events) is distinct from row(coalesce(s.quantity, 0), coalesce(s.events, 0)::bigint)`;

/** What was used of a metric that its plan limits stands on the invoice of its period, if there is one. */
const COMPLETE = `
  select 'every quantity is billed' as "check", s.organization_id, format('invoice %s has no line for %s %s from %s', coalesce(i.number, i.id::text), s.quantity, s.metric, s.starts_at) as detail
  from invoices i
  join quota_phase_snapshots s on s.organization_id = i.organization_id and s.period_start = i.period_start and s.livemode and s.quantity > 0
  join metrics m on m.key = s.metric and m.aggregation <> 'unique'
  join plan_limits p on p.plan_version_id = s.plan_version_id and p.metric = s.metric
  where not exists (
    select from invoice_lines l
    where l.invoice_id = i.id and l.kind = 'usage' and l.metric = s.metric and l.from_at <= s.starts_at and l.to_at >= s.ends_at
  )`;

const differenceRow = z.object({ check: z.string(), organization_id: z.string(), detail: z.string() });

const INVOICES = `
  select i.id, i.organization_id, coalesce(i.number, i.id::text) as name
  from invoices i where i.status <> 'draft' order by i.organization_id, i.period_start`;
const invoiceRow = z.object({ id: z.string(), organization_id: z.string(), name: z.string() });

/** Proves that what was billed follows from what was frozen, from the raw events as far as they are kept, and from the account. Reads one snapshot. */
export const verifyBilling = (pool: Pool): Promise<BillingVerification> =>
  inTransaction(pool, async (client) => {
    await client.query('set transaction isolation level repeatable read read only');
    return verifyBillingIn(client);
  });

/** The same, in the transaction of `client`. */
export async function verifyBillingIn(client: PoolClient): Promise<BillingVerification> {
  const differences: BillingDifference[] = [];
  for (const check of [NUMBERS, CARRIED, QUANTITIES, COMPLETE]) {
    const { rows } = await client.query(`${check} order by 2, 3 limit 1000`);
    differences.push(...rows.map((row) => differenceRow.parse(row)));
  }
  const { rows } = await client.query(INVOICES);
  let digests = 0;
  for (const row of rows) {
    const { id, organization_id, name } = invoiceRow.parse(row);
    const differ = (check: string, detail: string) =>
      differences.push({ check, organization_id, detail: `invoice ${name}${detail}` });
    const invoice = await createInvoiceQueries({ pool: client }).get(organization_id, id);
    for (const { line, problem } of checkInvoice(invoice)) {
      differ('invoice = terms', `${line === null ? '' : `, line ${line}`}: ${problem}`);
    }
    for (const line of invoice.lines) {
      const terms = evidenceTermsOf(line);
      if (!terms || !(await isKept(client, organization_id, line.from))) continue;
      const { digested } = await digestLine(client, organization_id, terms);
      digests += 1;
      const wrong =
        differenceOf({ quantity: line.quantity, events: line.evidence!.events }, digested) ??
        (digested.sha256 === line.evidence!.digest_sha256 ? null : 'the events are not the ones that were billed');
      if (wrong !== null) differ('line = raw', `, line ${line.position}: ${wrong}`);
    }
  }
  return { invoices: rows.length, digests, differences };
}

/** Whether raw events are whole from an instant on. */
async function isKept(client: PoolClient, organizationId: string, from: string): Promise<boolean> {
  const { rows } = await client.query<{ kept: boolean }>(
    'select raw_from <= $2::timestamptz as kept from usage_ledgers where organization_id = $1',
    [organizationId, from],
  );
  return rows[0]?.kept ?? false;
}
