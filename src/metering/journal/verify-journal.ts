/**
 * Proves that what was answered was counted, as far as the disk knows of it: every event that stands in a journal, of a
 * process that lives or is dead, must stand in the database as the same event, now or in a moment; and nothing may stand set
 * aside. A process lets go of its records once the database has them, and a record whose place another event has taken is set
 * aside, so a call that was answered and is not counted shows here.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Pool } from 'pg';
import { eventKeyOf } from '@/kernel/ids';
import { type OwnEvent } from '../contracts';
import { SEGMENT_NAME } from './journal-segment';
import { readRecords } from './journal-record';
import { parseJournalledEvent } from './journalled-event';
import { countRejected } from './rejected-file';

/** Events that are looked for by one statement. */
const BATCH_SIZE = 2_000;
const LOOK_AGAIN_MS = 500;

export interface JournalVerification {
  /** Records found in journals. */
  journalled: number;
  /** Those that are not counted, also after the wait. */
  uncounted: OwnEvent[];
  /** Events and stretches of bytes that stand set aside. */
  setAside: number;
}

interface VerifyJournalOptions {
  pool: Pool;
  journalPath: string;
  /** How long a running server may take to record what it has just answered. */
  patienceMs: number;
}

export async function verifyJournal({
  pool,
  journalPath,
  patienceMs,
}: VerifyJournalOptions): Promise<JournalVerification> {
  let journalled = 0;
  let uncounted: OwnEvent[] = [];
  for (const path of await listSegments(journalPath)) {
    const events = await readEvents(path);
    journalled += events.length;
    uncounted.push(...(await uncountedOf(pool, events)));
  }
  const untilMs = performance.now() + patienceMs;
  while (uncounted.length > 0 && performance.now() < untilMs) {
    await pause(LOOK_AGAIN_MS);
    uncounted = await uncountedOf(pool, uncounted);
  }
  return { journalled, uncounted, setAside: await countRejected(journalPath) };
}

/** Segments of all processes, also of those that another one has adopted. */
async function listSegments(journalPath: string): Promise<string[]> {
  const entries = await readdir(journalPath, { recursive: true }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
  return entries
    .filter((entry) => SEGMENT_NAME.test(entry.split('/').at(-1)!))
    .map((entry) => join(journalPath, entry));
}

/** The events of a segment; none of one that went meanwhile, all of whose events were recorded. */
async function readEvents(path: string): Promise<OwnEvent[]> {
  const bytes = await readFile(path).catch(() => Buffer.alloc(0));
  const events: OwnEvent[] = [];
  for (const piece of readRecords(bytes)) {
    const event = piece.kind === 'record' ? parseJournalledEvent(piece.payload) : null;
    if (event) events.push(event);
  }
  return events;
}

const COUNTED = `
  select w.position from unnest($1::uuid[], $2::boolean[], $3::text[], $4::uuid[], $5::timestamptz[]) with ordinality
    w (organization_id, livemode, name, event_key, occurred_at, position)
  join usage_sources s on s.organization_id = w.organization_id and s.livemode = w.livemode and s.kind = 'own' and s.name = w.name
  cross join lateral (
    select from usage_events e where e.source_id = s.id and e.event_key = w.event_key and e.occurred_at = w.occurred_at limit 1
  ) held`;

async function uncountedOf(pool: Pool, events: readonly OwnEvent[]): Promise<OwnEvent[]> {
  const uncounted: OwnEvent[] = [];
  for (let from = 0; from < events.length; from += BATCH_SIZE) {
    const batch = events.slice(from, from + BATCH_SIZE);
    const { rows } = await pool.query<{ position: string }>(COUNTED, [
      batch.map(({ organizationId }) => organizationId),
      batch.map(({ livemode }) => livemode),
      batch.map(({ source }) => source.name),
      batch.map(({ id }) => eventKeyOf(id)),
      batch.map(({ occurredAtMs }) => new Date(occurredAtMs)),
    ]);
    const counted = new Set(rows.map(({ position }) => Number(position) - 1));
    uncounted.push(...batch.filter((_event, index) => !counted.has(index)));
  }
  return uncounted;
}
