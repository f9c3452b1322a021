/** Whose periods a simulation prices. */
import { type PoolClient } from 'pg';
import { z } from 'zod';
import { periodAt } from '@/kernel/billing-period';

const candidateRow = z.object({
  organization_id: z.uuid(),
  organization_name: z.string(),
  anchor: z.string(),
  currency: z.string().nullable(),
  overridden: z.array(z.string()),
});
export type Candidate = z.output<typeof candidateRow>;

/** A period may end this long after the range does. */
const LONGEST_PERIOD_MS = 31 * 86_400_000;

interface Range {
  from: Date;
  to: Date;
}

/** Organizations that were on a version of the plan in a period that may begin in the range, in the order of their ids. */
export async function readCandidates(
  client: PoolClient,
  { planKey, range, after, limit }: { planKey: string; range: Range; after: string | null; limit: number },
): Promise<Candidate[]> {
  const { rows } = await client.query(
    `select s.organization_id, o.name as organization_name, s.anchor::text as anchor, a.currency,
       coalesce((select array_agg(q.metric) from quota_overrides q where q.organization_id = s.organization_id), '{}') as overridden
     from subscriptions s
     join organizations o on o.id = s.organization_id
     join billing_accounts a on a.organization_id = s.organization_id
     where ($1::uuid is null or s.organization_id > $1) and exists (
       select from (
         select p.plan_version_id, p.starts_at, coalesce(lead(p.starts_at) over (order by p.starts_at), 'infinity') as next_at
         from subscription_phases p where p.organization_id = s.organization_id
       ) f
       join plan_versions v on v.id = f.plan_version_id
       where v.plan_key = $2 and f.starts_at < $4 and f.next_at > greatest($3, s.anchor::timestamp at time zone 'UTC')
     )
     order by s.organization_id limit $5`,
    [after, planKey, range.from, new Date(range.to.getTime() + LONGEST_PERIOD_MS), limit],
  );
  return rows.map((row) => candidateRow.parse(row));
}

/** The periods of a subscription that begin in the range, and by `now`. Usage from before its first is never billed. */
export function periodsBeginningIn(anchor: string, { from, to }: Range, now: Date): Range[] {
  const first = new Date(Math.max(from.getTime(), Date.parse(`${anchor}T00:00:00Z`)));
  let period = periodAt(anchor, first);
  if (period.from < first) period = periodAt(anchor, period.to);
  const periods: Range[] = [];
  for (; period.from < to && period.from <= now; period = periodAt(anchor, period.to)) {
    periods.push({ from: period.from, to: period.to });
  }
  return periods;
}
