/** What of a range lies in hours that it cuts: read from the events themselves, since their sums are by whole hours. */
import { type Pool } from 'pg';
import { z } from 'zod';
import { isEmpty, type Range } from './range';

/**
 * A row for each event and metric in the cut hours, in the columns of the sums. Parameters: $1 organization, $2 livemode,
 * $3 metrics, $4 key or null, $5 route or null, $12–$15 the two parts.
 */
export const CUT_ROWS = `
  select q.key as metric, date_trunc('hour', e.occurred_at, 'UTC') as at, coalesce(l.label, '(other)') as route, 1::bigint as events,
    v.quantity as quantity_sum, v.quantity as quantity_max,
    case when m.aggregation = 'last' then v.quantity end as quantity_last, case when m.aggregation = 'last' then e.occurred_at end as last_at,
    (coalesce(e.status between 400 and 499, false))::integer::bigint as client_errors, (coalesce(e.status >= 500, false))::integer::bigint as server_errors,
    e.request_bytes::numeric, e.response_bytes::numeric, e.duration_us::numeric as duration_us, (e.duration_us is not null)::integer::bigint as measured,
    call_breakdown(e.duration_us, e.status, e.method, e.country) as breakdown
  from usage_events e
  cross join lateral jsonb_each(e.quantities) q
  join metrics m on m.key = q.key
  cross join lateral (select case jsonb_typeof(q.value) when 'number' then q.value::numeric else 1 end as quantity) v
  left join usage_routes r on r.organization_id = e.organization_id and r.route_id = e.route_id and r.registered_at <= e.stored_at
  left join usage_labels l on l.id = r.route_id
  where e.organization_id = $1 and e.livemode = $2 and q.key = any($3) and ($4::uuid is null or e.api_key_id = $4)
    and ($5::text is null or coalesce(l.label, '(other)') = $5)
    and (e.occurred_at >= $12 and e.occurred_at < $13 or e.occurred_at >= $14 and e.occurred_at < $15)`;

const forgotten = z.object({ at: z.date() });

/**
 * The first hour that any of the ranges touches and whose events are not all there any more: it lies before the instant
 * from which the ledger says they are, and its sums know of more. Both are read as of one instant.
 */
export async function findForgottenHour(
  pool: Pool,
  { organizationId, livemode }: { organizationId: string; livemode: boolean },
  metrics: string[],
  ranges: readonly Range[],
): Promise<Date | undefined> {
  const asked = ranges.filter((range) => !isEmpty(range));
  if (asked.length === 0) return undefined;
  const { rows } = await pool.query(
    `with summed as (
       select s.metric, s.hour, sum(s.events) as events
       from usage_ledgers g
       cross join unnest($4::timestamptz[], $5::timestamptz[]) a (first, past)
       join usage_rollups s on s.hour >= date_trunc('hour', a.first, 'UTC') and s.hour < least(a.past, g.raw_from)
       where g.organization_id = $1 and s.organization_id = $1 and s.livemode = $2 and s.metric = any($3)
       group by 1, 2
     )
     select hour as at from summed s
     where events > (
       select count(*) from usage_events e
       where e.organization_id = $1 and e.livemode = $2 and e.quantities ? s.metric
         and e.occurred_at >= s.hour and e.occurred_at < s.hour + interval '1 hour'
     )
     order by hour limit 1`,
    [organizationId, livemode, metrics, asked.map(({ from }) => from), asked.map(({ to }) => to)],
  );
  return z.array(forgotten).parse(rows)[0]?.at;
}

/** The last UTC day that a range touches and whose events are not all there any more, told in the same way. */
export async function findForgottenDay(
  pool: Pool,
  { organizationId, livemode }: { organizationId: string; livemode: boolean },
  { from, to }: Range,
): Promise<Date | undefined> {
  const { rows } = await pool.query(
    `with ledger as (select raw_from, folded_to from usage_ledgers where organization_id = $1),
     sums as (
       select s.metric, s.day::timestamp at time zone 'UTC' as at, s.events
       from ledger g
       join usage_daily s on s.day >= ($3::timestamptz at time zone 'UTC')::date and s.day::timestamp at time zone 'UTC' < least($4::timestamptz, g.raw_from)
       where s.organization_id = $1 and s.livemode = $2
       union all
       select s.metric, date_trunc('day', s.hour, 'UTC'), s.events
       from ledger g
       join usage_rollups s on s.hour >= greatest(date_trunc('day', $3::timestamptz, 'UTC'), g.folded_to)
         and date_trunc('day', s.hour, 'UTC') < least($4::timestamptz, g.raw_from)
       where s.organization_id = $1 and s.livemode = $2
     ),
     summed as (select metric, at, sum(events) as events from sums group by 1, 2)
     select at from summed s
     where events > (
       select count(*) from usage_events e
       where e.organization_id = $1 and e.livemode = $2 and e.quantities ? s.metric
         and e.occurred_at >= s.at and e.occurred_at < s.at + interval '1 day'
     )
     order by at desc limit 1`,
    [organizationId, livemode, from, to],
  );
  return z.array(forgotten).parse(rows)[0]?.at;
}

const distinctInPart = z.object({ at: z.date(), quantity: z.coerce.number() });

/** Distinct values of one metric on each UTC day that the given parts of days touch, counted within the parts. */
export async function readDistinctInParts(
  pool: Pool,
  { organizationId, livemode }: { organizationId: string; livemode: boolean },
  metric: string,
  parts: readonly Range[],
): Promise<z.output<typeof distinctInPart>[]> {
  const asked = parts.filter((part) => !isEmpty(part));
  if (asked.length === 0) return [];
  const { rows } = await pool.query(
    `select date_trunc('day', e.occurred_at, 'UTC') as at, count(distinct v.value) as quantity
     from unnest($4::timestamptz[], $5::timestamptz[]) a (first, past)
     join usage_events e on e.occurred_at >= a.first and e.occurred_at < a.past
     cross join lateral quantity_values(e.quantities -> $3) v (value)
     where e.organization_id = $1 and e.livemode = $2 and e.quantities ? $3
     group by 1`,
    [organizationId, livemode, metric, asked.map(({ from }) => from), asked.map(({ to }) => to)],
  );
  return z.array(distinctInPart).parse(rows);
}
