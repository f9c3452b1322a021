import { type Pool, type PoolClient } from 'pg';
import { AppError } from '@/kernel/errors';
import { type ExportedEvent } from './contracts';
import { type Range } from './range';

const BATCH_EVENTS = 1_000;
/** Each export holds a connection while its reader reads: more at once would leave too few for everyone else. */
const MAX_EXPORTS = 3;
/** A reader that stops reading for this long loses its export, or it would hold a snapshot of the database for ever. */
const STALLED_READER = '60s';

interface ExportScope {
  organizationId: string;
  livemode: boolean;
  apiKeyId: string | null;
  range: Range;
}

interface EventRow extends Omit<
  ExportedEvent,
  'occurred_at' | 'stored_at' | 'duration_ms' | 'request_bytes' | 'response_bytes'
> {
  occurred_at: Date;
  stored_at: Date;
  duration_us: number | null;
  request_bytes: string | null;
  response_bytes: string | null;
}

// Nothing is assumed of when an event was stored: that is real time, and the time of happening may be moved (TEST_CLOCK)
// or long past (an import).
const EVENTS = `
  select coalesce(e.external_id, e.event_key::text) as id, s.name as source, e.occurred_at, e.stored_at, e.livemode, e.api_key_id,
    r.label as route, e.method, e.status, e.duration_us, e.request_bytes, e.response_bytes, a.label as user_agent, host(e.ip) as ip,
    e.country, e.error_code, e.quantities
  from usage_events e
  join usage_sources s on s.id = e.source_id
  left join usage_labels r on r.id = e.route_id
  left join usage_labels a on a.id = e.user_agent_id
  where e.organization_id = $1 and e.livemode = $2 and ($3::uuid is null or e.api_key_id = $3)
    and e.occurred_at >= $4::timestamptz and e.occurred_at < $5::timestamptz`;

export function createExportQueries({ pool }: { pool: Pool }) {
  let running = 0;

  /** A connection for one export. `release` may be called more than once. */
  async function lease(): Promise<{ client: PoolClient; release: () => void }> {
    if (running >= MAX_EXPORTS) {
      throw new AppError('too_many_requests', `${MAX_EXPORTS} exports are running already. Try again in a moment.`, {
        retryable: true,
        retryAfterSeconds: 10,
      });
    }
    running += 1;
    let client: PoolClient | undefined;
    let released = false;
    const release = () => {
      if (released) return;
      released = true;
      running -= 1;
      // The connection is closed, not reused: its transaction may be in any state.
      client?.release(true);
    };
    try {
      client = await pool.connect();
    } catch (cause) {
      release();
      throw new AppError('unavailable', 'The database cannot be reached.', {
        cause,
        retryable: true,
        retryAfterSeconds: 5,
      });
    }
    // Postgres closes the connection of a stalled reader while nobody waits for a query.
    client.on('error', release);
    return { client, release };
  }

  return {
    async *readEvents(scope: ExportScope): AsyncGenerator<ExportedEvent[], void, undefined> {
      const { organizationId, livemode, apiKeyId, range } = scope;
      const { client, release } = await lease();
      try {
        await client.query('begin read only');
        await client.query(`set local idle_in_transaction_session_timeout = '${STALLED_READER}'`);
        await client.query(`declare exported no scroll cursor for ${EVENTS}`, [
          organizationId,
          livemode,
          apiKeyId,
          range.from,
          range.to,
        ]);
        for (;;) {
          const { rows } = await client.query<EventRow>(`fetch ${BATCH_EVENTS} from exported`);
          if (rows.length > 0) yield rows.map(toEvent);
          if (rows.length < BATCH_EVENTS) return;
        }
      } finally {
        release();
      }
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
  };
}
