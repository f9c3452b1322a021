// What recording costs: dedupe, raw events, sums per hour and per day, in one transaction, beside the cheapest way to get the same
// rows into a table with the same indexes (COPY), and beside what is often done instead (one INSERT per request).

import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import { createMetricCatalogue } from '../src/plans';
import { newId } from '../src/kernel/ids';
import { createLabelStore } from '../src/metering/label-store';
import { type UsageEvent } from '../src/metering/contracts';
import { USAGE_COPY_COLUMNS, usageCopyRow } from '../src/metering/usage-copy-row';
import { createUsageStore } from '../src/metering/usage-store';
import { createOrganization, type TestDatabase } from '../src/testing/test-database';
import { buildUsageEvent } from '../src/testing/usage-event-builder';
import { type Figure, measureInPairs, pairFigure, round } from './measure';
import { withBenchDatabase } from './usage-database';

const BATCH = 10_000;
const ROUNDS = 10;
const SINGLE = 400;

function traffic(organizationId: string, count: number): UsageEvent[] {
  const now = Date.now();
  return Array.from({ length: count }, (_, n) =>
    buildUsageEvent({
      organizationId,
      id: newId(),
      apiKeyId: `00000000-0000-4000-8000-00000000000${n % 3}`,
      occurredAtMs: now - (n % 3_600) * 1_000,
      route: `/v1/route-${n % 8}`,
      userAgent: `agent/${n % 5}`,
      status: n % 25 === 0 ? 404 : 200,
      durationUs: Math.round(1_000 * Math.exp(Math.random() * 3)),
      responseBytes: (n * 7) % 2_000,
      country: ['DE', 'US', 'FR'][n % 3]!,
    }),
  );
}

/** A table like the newest partition of usage_events, with the same indexes, and the plain ways into it. */
async function plainTable({ pool }: TestDatabase) {
  await pool.query('select ensure_usage_partition(current_date)');
  const { rows } = await pool.query<{ newest: string }>(
    `select 'usage_events_' || to_char(current_date, 'YYYY_MM') as newest`,
  );
  await pool.query(`create table plain_events ("position" integer, like ${rows[0]!.newest} including indexes)`);
  await pool.query('alter table plain_events alter column stored_at set default now()');
  const labels = { sourceId: '1', routeId: '1', userAgentId: '1' };
  const noneIsDistinct = () => false;
  return {
    async copy(events: UsageEvent[]) {
      const client = await pool.connect();
      try {
        const text = events.map((event, position) => usageCopyRow(position, event, labels, noneIsDistinct)).join('');
        await pipeline(
          Readable.from([text], { objectMode: false }),
          client.query(copyFrom(`copy plain_events (${USAGE_COPY_COLUMNS}) from stdin`)),
        );
      } finally {
        client.release();
      }
    },
    async insert(event: UsageEvent) {
      const values = usageCopyRow(0, event, labels, noneIsDistinct)
        .trimEnd()
        .split('\t')
        .map((value) => (value === '\\N' ? null : value));
      await pool.query(
        `insert into plain_events (${USAGE_COPY_COLUMNS}) values (${values.map((_, n) => `$${n + 1}`).join(', ')})`,
        values,
      );
    },
  };
}

const perSecond = async (count: number, work: () => Promise<unknown>): Promise<number> => {
  const startedAtMs = performance.now();
  await work();
  return (count * 1_000) / (performance.now() - startedAtMs);
};

export async function benchRecording(): Promise<Figure[]> {
  return withBenchDatabase(async (database) => {
    const { pool } = database;
    const { id } = await createOrganization(pool);
    const store = createUsageStore({
      pool,
      labels: createLabelStore({ pool }),
      catalogue: createMetricCatalogue({ pool }),
      routeLimit: 500,
    });
    const plain = await plainTable(database);
    const record = () => {
      const events = traffic(id, BATCH);
      return perSecond(BATCH, () => store.record(events));
    };
    const copy = () => {
      const events = traffic(id, BATCH);
      return perSecond(BATCH, () => plain.copy(events));
    };
    const insertEach = () => {
      const events = traffic(id, SINGLE);
      return perSecond(SINGLE, async () => {
        for (const event of events) await plain.insert(event);
      });
    };
    await record();
    await copy();
    await insertEach();
    const againstCopy = await measureInPairs(ROUNDS, copy, record);
    const againstInsert = await measureInPairs(3, insertEach, record);
    const { rows } = await pool.query<{ bytes: number }>(
      `select (sum(pg_total_relation_size(inhrelid))::float8 / (select count(*) from usage_events)) as bytes from pg_inherits where inhparent = 'usage_events'::regclass`,
    );
    return [
      { ...pairFigure('recording ÷ indexed COPY of the same rows', [againstCopy], 'events/s', 0), atLeast: 0.4 },
      { ...pairFigure('recording ÷ one INSERT per request', [againstInsert], 'events/s', 0), atLeast: 8 },
      // Of some 285 bytes 200 are the row, 55 the index of identities, and 32 that of organizations, without which an export, a
      // cut hour or retention would read everybody's events. One by organization and hour takes 7, since equal keys are stored once.
      {
        name: 'bytes on disk per event ÷ 250, indexes included',
        ratio: rows[0]!.bytes / 250,
        atMost: 1.16,
        detail: `${round(rows[0]!.bytes, 0)} bytes`,
      },
    ];
  });
}
