import { type Pool } from 'pg';
import { createRowStreams } from '@/db';
import { exactQuantity } from '@/kernel/quantity';
import { type ExportedEvent } from './contracts';
import { type Range } from './range';

interface ExportScope {
  organizationId: string;
  livemode: boolean;
  apiKeyId: string | null;
  route: string | null;
  range: Range;
}

interface EventRow extends Omit<
  ExportedEvent,
  'occurred_at' | 'stored_at' | 'duration_ms' | 'request_bytes' | 'response_bytes' | 'quantities'
> {
  occurred_at: Date;
  stored_at: Date;
  duration_us: number | null;
  request_bytes: string | null;
  response_bytes: string | null;
  /** JSON whose numbers have all their digits. */
  quantities: string;
}

// Nothing is assumed of when an event was stored: that is real time, and the time of happening may be moved (TEST_CLOCK)
// or long past (an import).
const EVENTS = `
  select coalesce(e.external_id, e.event_key::text) as id, s.name as source, s.kind as source_kind, e.occurred_at, e.stored_at, e.livemode, e.api_key_id,
    r.label as route, e.method, e.status, e.duration_us, e.request_bytes, e.response_bytes, a.label as user_agent, host(e.ip) as ip,
    e.country, e.error_code, e.quantities::text as quantities
  from usage_events e
  join usage_sources s on s.id = e.source_id
  left join usage_labels r on r.id = e.route_id
  left join usage_labels a on a.id = e.user_agent_id
  where e.organization_id = $1 and e.livemode = $2 and ($3::uuid is null or e.api_key_id = $3)
    and e.occurred_at >= $4::timestamptz and e.occurred_at < $5::timestamptz
    and ($6::text is null or $6 = coalesce((
      select l.label from usage_routes u join usage_labels l on l.id = u.route_id
      where u.organization_id = e.organization_id and u.route_id = e.route_id and u.registered_at <= e.stored_at
    ), '(other)'))`;

export function createExportQueries({ pool }: { pool: Pool }) {
  const streams = createRowStreams({ pool });
  return {
    async *readEvents(scope: ExportScope): AsyncGenerator<ExportedEvent[], void, undefined> {
      const { organizationId, livemode, apiKeyId, route, range } = scope;
      const parameters = [organizationId, livemode, apiKeyId, range.from, range.to, route];
      for await (const rows of streams.read<EventRow>(organizationId, EVENTS, parameters)) yield rows.map(toEvent);
    },
  };
}

function toEvent({ duration_us, ...row }: EventRow): ExportedEvent {
  return {
    ...row,
    occurred_at: row.occurred_at.toISOString(),
    stored_at: row.stored_at.toISOString(),
    duration_ms: duration_us === null ? null : duration_us / 1000,
    request_bytes: row.request_bytes === null ? null : Number(row.request_bytes),
    response_bytes: row.response_bytes === null ? null : Number(row.response_bytes),
    quantities: parseQuantities(row.quantities),
  };
}

/** So many digits in a row may be more than a number holds. */
const MANY_DIGITS = /[\d.]{16}/;
/** A text of JSON, or a number. */
const TEXT_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;

function parseQuantities(json: string): ExportedEvent['quantities'] {
  const exact = MANY_DIGITS.test(json)
    ? json.replace(TEXT_OR_NUMBER, (token) => (token.startsWith('"') ? token : JSON.stringify(exactQuantity(token))))
    : json;
  return JSON.parse(exact) as ExportedEvent['quantities'];
}
