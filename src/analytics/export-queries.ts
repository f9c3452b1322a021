import { Client, type Pool } from 'pg';
import { AppError } from '@/kernel/errors';
import { exactQuantity } from '@/kernel/quantity';
import { type ExportedEvent } from './contracts';
import { type Range } from './range';

const BATCH_EVENTS = 1_000;
/** At once for one organization, in all processes together. */
const MAX_OF_ORGANIZATION = 3;
/** At once in this process. Each has a connection of its own, so that no export keeps anybody else from the database. */
const MAX_OF_PROCESS = 12;
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
    and e.occurred_at >= $4::timestamptz and e.occurred_at < $5::timestamptz`;

const tooMany = (detail: string) =>
  new AppError('too_many_requests', `${detail} Try again when one has ended.`, {
    retryable: true,
    retryAfterSeconds: 10,
  });

export function createExportQueries({ pool }: { pool: Pool }) {
  let running = 0;

  /** A connection for one export. `release` may be called more than once. */
  async function connect(): Promise<{ client: Client; release: () => void }> {
    if (running >= MAX_OF_PROCESS) throw tooMany('The server runs as many exports as it can.');
    running += 1;
    // As the pool would make it, but beside it.
    const client = new Client(pool.options);
    let released = false;
    const release = () => {
      if (released) return;
      released = true;
      running -= 1;
      // Whatever state its transaction is in ends with it, and so does its place among those of the organization.
      void client.end().catch(() => undefined);
    };
    // Postgres closes the connection of a stalled reader while nobody waits for a query.
    client.on('error', release);
    try {
      await client.connect();
    } catch (cause) {
      release();
      throw new AppError('unavailable', 'The database cannot be reached.', {
        cause,
        retryable: true,
        retryAfterSeconds: 5,
      });
    }
    return { client, release };
  }

  return {
    async *readEvents(scope: ExportScope): AsyncGenerator<ExportedEvent[], void, undefined> {
      const { organizationId, livemode, apiKeyId, range } = scope;
      const { client, release } = await connect();
      try {
        await client.query('begin read only');
        await client.query(`set local idle_in_transaction_session_timeout = '${STALLED_READER}'`);
        if (!(await takePlace(client, organizationId))) {
          throw tooMany(`${MAX_OF_ORGANIZATION} exports of this organization are running already.`);
        }
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
          if (rows.length < BATCH_EVENTS) break;
        }
        // Gives the place back before the reader is told that this was all, so that the next export finds it.
        await client.query('commit');
      } finally {
        release();
      }
    },
  };
}

/** One of the organization's places, until the transaction ends, however it does; false if all are taken. */
async function takePlace(client: Client, organizationId: string): Promise<boolean> {
  for (let place = 1; place <= MAX_OF_ORGANIZATION; place++) {
    const { rows } = await client.query<{ taken: boolean }>(
      'select pg_try_advisory_xact_lock(hashtextextended($1, $2)) as taken',
      [`export of ${organizationId}`, place],
    );
    if (rows[0]!.taken) return true;
  }
  return false;
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
