import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { DatabaseError, type Pool } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { inTransaction } from '@/db';
import { AppError } from '@/kernel/errors';
import { type MetricCatalogue } from '@/plans';
import { checkEvent } from './check-event';
import { type EventOutcome, type RejectionReason, type UsageEvent } from './contracts';
import { type LabelStore } from './label-store';
import { splitBatch } from './split-batch';
import { LEASE_COPY_COLUMNS, USAGE_COPY_COLUMNS, usageCopyLeases, usageCopyRow } from './usage-copy-row';
import { type RecordOptions, type UsageStore } from './usage-store-contract';

/** A copy of an event that comes within this time is recognised; 35 days are promised, whatever the month's length. */
const KNOWN_FOR = '40 days';
/** So many rows are encoded before requests get their turn: about a millisecond. */
const ROWS_AT_ONCE = 500;
/** SQLSTATE of "no partition of relation found for row". */
const NO_PARTITION = '23514';
/** Rows that break a check constraint share that code, and name the constraint. */
const isPartitionMissing = (error: unknown): boolean =>
  error instanceof DatabaseError && error.code === NO_PARTITION && error.constraint === undefined;

interface UsageStoreOptions {
  pool: Pool;
  labels: LabelStore;
  catalogue: MetricCatalogue;
  /** Distinct routes of an organization that get sums of their own. */
  routeLimit: number;
}

interface RefusedRow {
  position: number;
  outcome: 'duplicate' | 'rejected';
  /** `differs`: what stands under the identity of a duplicate is another event. */
  reason: RejectionReason | 'differs' | null;
}

/** A batch as `COPY` text in pieces, and the columns it has. */
interface EncodedBatch {
  columns: string;
  pieces: string[];
}

/**
 * The only writer of usage_events and of the sums. While others record, a batch of many organizations is several transactions,
 * each of other organizations; if one fails, the call fails, and what the others recorded is a duplicate when it comes again.
 */
export function createUsageStore({ pool, labels, catalogue, routeLimit }: UsageStoreOptions): UsageStore {
  let partitionMonth = '';
  // Processes that write at the same time shall not begin with the same part.
  let turn = Math.floor(Math.random() * 1_000);

  async function ensurePartition(): Promise<void> {
    const month = new Date().toISOString().slice(0, 7);
    if (month === partitionMonth) return;
    await pool.query(`select ensure_usage_partition(now()::date)`);
    partitionMonth = month;
  }

  /** The batch as COPY text, with the outcome of each event that cannot be sent at all. */
  async function encode(events: readonly UsageEvent[], outcomes: EventOutcome[]): Promise<EncodedBatch> {
    const metrics = await catalogue.all();
    const isDistinct = (metric: string) => metrics.get(metric)?.aggregation === 'unique';
    const withLeases = events.some(({ leases }) => leases !== undefined && leases.length > 0);
    const fitting: number[] = [];
    const texts = new Set<string>();
    for (let position = 0; position < events.length; position++) {
      const event = events[position]!;
      const misfit = checkEvent(event, metrics);
      if (misfit) {
        outcomes[position] = { outcome: 'rejected', ...misfit };
        continue;
      }
      fitting.push(position);
      if (event.route !== null) texts.add(event.route);
      if (event.userAgent !== null) texts.add(event.userAgent);
    }
    const [labelOf, sourceOf] = await Promise.all([
      labels.labels(texts),
      labels.sources(fitting.map((position) => events[position]!)),
    ]);
    const pieces: string[] = [];
    let rows: string[] = [];
    for (const position of fitting) {
      const event = events[position]!;
      if (rows.length === ROWS_AT_ONCE) {
        pieces.push(rows.join(''));
        rows = [];
        await setImmediate();
      }
      const sourceId = sourceOf(event);
      if (sourceId === undefined) {
        outcomes[position] = unknownOrganization(event);
        continue;
      }
      const numbers = {
        sourceId,
        routeId: event.route === null ? null : labelOf(event.route),
        userAgentId: event.userAgent === null ? null : labelOf(event.userAgent),
      };
      rows.push(usageCopyRow(position, event, numbers, isDistinct, withLeases ? usageCopyLeases(event) : ''));
    }
    if (rows.length > 0) pieces.push(rows.join(''));
    return { columns: USAGE_COPY_COLUMNS + (withLeases ? LEASE_COPY_COLUMNS : ''), pieces };
  }

  async function write(
    { columns, pieces }: EncodedBatch,
    knownForever: boolean,
    fenced: boolean,
  ): Promise<RefusedRow[]> {
    return inTransaction(pool, async (client) => {
      await client.query('select prepare_usage_batch()');
      await pipeline(
        Readable.from(pieces, { objectMode: false }),
        client.query(copyFrom(`copy usage_batch (${columns}) from stdin`)),
      );
      const { rows } = await client.query<RefusedRow>(
        `select * from record_usage_batch(${knownForever ? `'-infinity'` : `now() - interval '${KNOWN_FOR}'`}, $1, $2)`,
        [routeLimit, fenced],
      );
      return rows;
    });
  }

  /** Whether somebody else records at this moment. A batch is split for their sake only: parts cost a transaction each. */
  async function isBusy(): Promise<boolean> {
    const { rows } = await pool.query<{ busy: boolean }>('select is_usage_being_recorded() as busy');
    return rows[0]!.busy;
  }

  /** The outcome of each event of one transaction. */
  async function recordTogether(
    events: readonly UsageEvent[],
    { knownForever = false, fenced = false }: RecordOptions,
  ): Promise<EventOutcome[]> {
    const outcomes: EventOutcome[] = Array.from({ length: events.length }, () => ({ outcome: 'accepted' }));
    const batch = await encode(events, outcomes);
    if (batch.pieces.length === 0) return outcomes;
    const refused = await write(batch, knownForever, fenced).catch(async (error: unknown) => {
      if (!isPartitionMissing(error)) throw error;
      // The month turned between looking and writing.
      partitionMonth = '';
      await ensurePartition();
      return write(batch, knownForever, fenced);
    });
    for (const row of refused) outcomes[row.position] = refusedOutcome(row, events[row.position]!);
    return outcomes;
  }

  return {
    async record(events, options = {}) {
      const outcomes: EventOutcome[] = [];
      try {
        if (events.length > 0) await ensurePartition();
        const split = splitBatch(events);
        const parts = split.length > 1 && !(await isBusy()) ? [events.map((_, position) => position)] : split;
        const first = turn++;
        for (let n = 0; n < parts.length; n++) {
          const part = parts[(first + n) % parts.length]!;
          // A batch that is not split is the caller's list as it is.
          const together = parts.length === 1 ? events : part.map((position) => events[position]!);
          const decided = await recordTogether(together, options);
          part.forEach((position, place) => (outcomes[position] = decided[place]!));
        }
        return outcomes;
      } catch (error) {
        throw asStoreError(error);
      }
    },
  };
}

function refusedOutcome({ outcome, reason }: RefusedRow, event: UsageEvent): EventOutcome {
  if (outcome === 'duplicate')
    return reason === 'differs' && event.source.kind === 'own' ? IDENTITY_TAKEN : { outcome };
  return reason === 'lease_expired' ? LEASE_EXPIRED : unknownOrganization(event);
}

const LEASE_EXPIRED: EventOutcome = {
  outcome: 'rejected',
  reason: 'lease_expired',
  message: 'the quota lent for this event was given to others before it was recorded',
};

const IDENTITY_TAKEN: EventOutcome = {
  outcome: 'rejected',
  reason: 'identity_taken',
  message: 'another event stands under the identity of this one, so the call it was made of is not counted',
};

const unknownOrganization = (event: UsageEvent): EventOutcome => ({
  outcome: 'rejected',
  reason: 'unknown_organization',
  message: `organization ${event.organizationId} does not exist`,
});

/**
 * Only an error that lies in the data itself (SQLSTATE classes 22, 23 and 54) is final. Everything else — the network, the
 * server, a schema that is not up to date — may be mended, so the events are kept and tried again.
 */
function asStoreError(error: unknown): AppError {
  const final = error instanceof DatabaseError && /^(?:2[23]|54)/.test(error.code ?? '') && !isPartitionMissing(error);
  return final
    ? new AppError('invalid_request', `The database refuses an event of the batch: ${error.message}`, { cause: error })
    : new AppError(
        'unavailable',
        'The usage store cannot be reached. Nothing was recorded; the call may be repeated.',
        {
          cause: error,
          retryable: true,
          retryAfterSeconds: 2,
        },
      );
}
