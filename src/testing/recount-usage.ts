import { type Pool } from 'pg';
import { type RangeQuery } from '@/analytics/contracts';

/** The answer by reading every raw event: slow, and as plain as can be. */
export async function recountUsage(
  pool: Pool,
  organizationId: string,
  query: RangeQuery,
  period: { from: string; to: string },
  metric: string,
  interval: 'hour' | 'day',
) {
  const { rows } = await pool.query<Record<string, unknown>>(
    `with e as (
       select *, date_trunc($6, occurred_at, 'UTC') as bucket, quantities -> $5 as q from usage_events
       where organization_id = $1 and livemode = $2 and occurred_at >= $3 and occurred_at < $4 and ($7::uuid is null or api_key_id = $7)
         and ($8::text is null or $8 = coalesce((select label from usage_labels l where l.id = route_id), '(other)'))
     ),
     own as (
       select e.*, (case x.aggregation when 'unique' then null else e.q #>> '{}' end)::numeric as n, x.aggregation
       from e join metrics x on x.key = $5 where q is not null
     )
     select bucket as at, count(*)::int as requests,
       count(*) filter (where status between 400 and 499)::int as client_errors,
       count(*) filter (where status >= 500)::int as server_errors,
       coalesce(sum(request_bytes), 0)::float8 as request_bytes, coalesce(sum(response_bytes), 0)::float8 as response_bytes,
       (case when $7::uuid is null and $8::text is null and (select aggregation from metrics where key = $5) in ('last', 'max') then (
          -- What was reported last up to the end of the bucket, whenever that was; or the highest, with what it began with.
          select case when (select aggregation from metrics where key = $5) = 'last' then
            (array_agg(r.n order by r.occurred_at desc, r.place desc))[1]
          else greatest(max(r.n) filter (where r.occurred_at >= greatest(bucket, $3)),
            (array_agg(r.n order by r.occurred_at desc, r.place desc) filter (where r.occurred_at < greatest(bucket, $3)))[1]) end
          from (select occurred_at, split_part(external_id, '-', 1)::int as place, (quantities ->> $5)::numeric as n from usage_events
            where organization_id = $1 and livemode = $2 and quantities ? $5) r
          where r.occurred_at < least(bucket + ('1 ' || $6)::interval, $4)
        ) else (select case min(o.aggregation)
          when 'sum' then sum(o.n) when 'count' then count(*) when 'max' then max(o.n)
          when 'last' then (array_agg(o.n order by o.occurred_at desc, o.n desc))[1]
          when 'unique' then count(distinct o.q #>> '{}') end
        from own o where o.bucket = e.bucket) end)::float8 as quantity
     from e group by bucket order by bucket`,
    [
      organizationId,
      query.mode === 'live',
      period.from,
      period.to,
      metric,
      interval,
      query.api_key_id ?? null,
      query.route ?? null,
    ],
  );
  return rows;
}
