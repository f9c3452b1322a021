import { type PoolClient } from 'pg';
import { type EvidenceTerms, type LineEvent } from './line-event';

const BATCH_ROWS = 2_000;

const exactInstant = (sql: string): string => `to_char(${sql} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
const ID = 'coalesce(e.external_id, e.event_key::text)';

/**
 * The events of a line in canonical order: live ones with its metric that happened in its time and were stored by its cutoff. They
 * are read along the index of an organization's events by when they happened; only those of one instant are sorted. What names them
 * is looked up one by one (offset 0), since a join by hash would have all of them sorted.
 */
export const LINE_EVENTS = `
  select ${exactInstant('e.occurred_at')} as occurred_at, ${exactInstant('e.stored_at')} as stored_at, s.kind as source_kind, s.name as source, ${ID} as id,
    case jsonb_typeof(e.quantities -> $2::text) when 'number' then trim_scale((e.quantities ->> $2::text)::numeric)::text else '1' end as quantity,
    coalesce(e.api_key_id::text, '') as api_key_id, coalesce(r.label, '') as route, coalesce(e.method, '') as method, coalesce(e.status::text, '') as status
  from usage_events e
  cross join lateral (select kind, name from usage_sources where id = e.source_id offset 0) s
  left join lateral (select label from usage_labels where id = e.route_id offset 0) r on true
  where e.organization_id = $1 and e.livemode and e.quantities ? $2::text
    and e.occurred_at >= $3::timestamptz and e.occurred_at < $4::timestamptz and e.stored_at <= $5::timestamptz
  order by e.occurred_at, e.stored_at, s.kind collate "C", s.name collate "C", ${ID} collate "C"`;

export const lineEventParameters = (organizationId: string, terms: EvidenceTerms): string[] => [
  organizationId,
  terms.metric,
  terms.from,
  terms.to,
  terms.storedThrough,
];

/** The events of a line, some at a time, in the transaction of `client`, of which it must be the only reading. */
export async function* readLineEvents(
  client: PoolClient,
  organizationId: string,
  terms: EvidenceTerms,
): AsyncGenerator<LineEvent[], void, undefined> {
  await client.query(
    `declare line_events no scroll cursor for ${LINE_EVENTS}`,
    lineEventParameters(organizationId, terms),
  );
  for (;;) {
    const { rows } = await client.query<LineEvent>(`fetch ${BATCH_ROWS} from line_events`);
    if (rows.length > 0) yield rows;
    if (rows.length < BATCH_ROWS) break;
  }
  await client.query('close line_events');
}

/**
 * The level that a gauge began with, by the reports that were stored by the cutoff: the latest one from before. Reports whose
 * events retention has removed stand among the levels only. Null where the phase begins with a report, or nothing was reported.
 */
export async function readOpening(
  client: PoolClient,
  organizationId: string,
  terms: Omit<EvidenceTerms, 'opening'>,
): Promise<EvidenceTerms['opening']> {
  const { metric, aggregation, from, storedThrough } = terms;
  if (aggregation !== 'last' && aggregation !== 'max') return null;
  const { rows } = await client.query<{ at: string; level: string; is_before: boolean }>(
    `select ${exactInstant('l.at')} as at, trim_scale(coalesce(e.value, l.level))::text as level, l.at < $3::timestamptz as is_before
     from usage_levels l
     join usage_ledgers g on g.organization_id = l.organization_id
     left join lateral (
       select (e.quantities ->> $2::text)::numeric as value from usage_events e
       where e.organization_id = $1 and e.occurred_at = l.at and e.livemode and e.quantities ? $2::text and e.stored_at <= $4::timestamptz
       order by e.stored_at desc, (e.quantities ->> $2::text)::numeric = l.level desc, value desc limit 1
     ) e on true
     where l.organization_id = $1 and l.livemode and l.metric = $2 and l.at <= $3::timestamptz and (e.value is not null or l.at < g.raw_from)
     order by l.at desc limit 1`,
    [organizationId, metric, from, storedThrough],
  );
  const [found] = rows;
  return found?.is_before ? { at: found.at, level: found.level } : null;
}
