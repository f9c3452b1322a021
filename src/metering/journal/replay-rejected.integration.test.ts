import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { systemClock } from '@/kernel/clock';
import { createMetricCatalogue } from '@/plans';
import { createOrganization, createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { buildUsageEvent } from '@/testing/usage-event-builder';
import { createLabelStore } from '../label-store';
import { createUsageStore } from '../usage-store';
import { type UsageStore } from '../usage-store-contract';
import { createUsageTracker, type UsageTracker } from '../usage-tracker';
import { verifyUsage } from '../usage-verification';
import { journalEvent } from './journalled-event';
import { countRejected, createRejectedFile } from './rejected-file';
import { replayRejected } from './replay-rejected';
import { openUsageJournal } from './usage-journal';
import { verifyJournal } from './verify-journal';

const log = pino({ level: 'silent' });
let database: TestDatabase;
let store: UsageStore;
let journalPath: string;
let organizationId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  const { pool } = database;
  const catalogue = createMetricCatalogue({ pool });
  store = createUsageStore({ pool, labels: createLabelStore({ pool }), catalogue, routeLimit: 500 });
});
beforeEach(async () => {
  journalPath = join(await mkdtemp(join(tmpdir(), 'tollgate-rejected-')), 'journal');
  organizationId = (await createOrganization(database.pool)).id;
});
afterEach(() => rm(join(journalPath, '..'), { recursive: true, force: true }));
afterAll(() => database.drop());

const AT_MS = Date.UTC(2026, 10, 20);
const eventOf = (id: string) => buildUsageEvent({ organizationId, id, occurredAtMs: AT_MS });
const verify = () => verifyJournal({ pool: database.pool, journalPath, patienceMs: 0 });
const replay = (kept: string[] = []) =>
  replayRejected({ journalPath, store, onKept: (_line, reason) => kept.push(reason) });

async function trackerOn(over: UsageStore): Promise<UsageTracker> {
  const journal = await openUsageJournal({ path: journalPath, clock: systemClock, log });
  return createUsageTracker({
    store: over,
    journal,
    clock: systemClock,
    log,
    durability: 'journal',
    onOverflow: 'block',
    batchSize: 100,
    flushMs: 10,
    queueLimit: 1_000,
    patienceMs: 10_000,
  });
}

describe('a call that was answered and is not counted', () => {
  it('is found by verify while it stands in a journal only, and no more once it is recorded', async () => {
    const journal = await openUsageJournal({ path: journalPath, clock: systemClock, log });
    for (const id of ['1', '2', '3']) await journal.append(journalEvent(eventOf(id))).durable;
    await journal.close();
    await store.record([eventOf('4')]);
    const found = await verify();
    expect(found.uncounted.map(({ id }) => id)).toEqual(['1', '2', '3']);
    await store.record(found.uncounted);
    await expect(verify()).resolves.toEqual({ journalled: 3, uncounted: [], setAside: 0 });
  });

  it('is set aside, shown and counted by verify where another event stands under its identity', async () => {
    const event = eventOf('taken');
    // Nobody can do this over HTTP or by an import: it takes a hand in the database.
    await store.record([{ ...event, occurredAtMs: event.occurredAtMs - 1_000 }]);
    const tracker = await trackerOn(store);
    await tracker.record(event);
    await tracker.record(eventOf('other'));
    await tracker.flush();
    expect(tracker.status()).toMatchObject({ recorded: 1, duplicates: 0, rejected: 1 });
    await expect(tracker.setAside()).resolves.toBe(1);
    await tracker.close();
    await expect(verify()).resolves.toMatchObject({ uncounted: [], setAside: 1 });
    const [file] = await readdir(join(journalPath, 'rejected'));
    expect(await readFile(join(journalPath, 'rejected', file!), 'utf8')).toContain('identity_taken');
  });

  it('is not found where an event comes again after an answer of the database was lost', async () => {
    let lost = true;
    const tracker = await trackerOn({
      async record(events, options) {
        const outcomes = await store.record(events, options);
        if (lost) {
          lost = false;
          throw new Error('the connection broke after the commit');
        }
        return outcomes;
      },
    });
    await tracker.record(eventOf('again'));
    await tracker.close();
    expect(tracker.status()).toMatchObject({ duplicates: 1, rejected: 0 });
    await expect(verify()).resolves.toEqual({ journalled: 0, uncounted: [], setAside: 0 });
  });
});

describe('a replay of what was set aside', () => {
  const setAside = (name: string, ...ids: string[]) =>
    createRejectedFile({ path: join(journalPath, 'rejected', `${name}.jsonl`), clock: systemClock }).append(
      ids.map((id) => ({ reason: 'invalid_event', message: 'the sums overflowed', event: eventOf(id) })),
    );

  it('records every event once, however often it runs, and leaves nothing', async () => {
    await setAside('one', 'a', 'b');
    await setAside('two', 'b', 'c');
    await expect(verify()).resolves.toMatchObject({ setAside: 4 });
    await expect(replay()).resolves.toEqual({ recorded: 3, duplicates: 1, kept: 0 });
    await expect(replay()).resolves.toEqual({ recorded: 0, duplicates: 0, kept: 0 });
    await expect(verify()).resolves.toMatchObject({ setAside: 0 });
    expect((await verifyUsage(database.pool)).differences).toEqual([]);
  });

  it('keeps what is refused again or cannot be read, with the rest recorded', async () => {
    await setAside('one', 'a');
    const stranger = { ...eventOf('stranger'), organizationId: '00000000-0000-4000-8000-0000000000ff' };
    const path = join(journalPath, 'rejected', 'one.jsonl');
    await appendFile(path, `${JSON.stringify({ reason: 'x', message: 'y', event: stranger })}\nnot even JSON\n`);
    const kept: string[] = [];
    await expect(replay(kept)).resolves.toEqual({ recorded: 1, duplicates: 0, kept: 2 });
    expect(kept.join()).toContain('does not exist');
    await expect(countRejected(journalPath)).resolves.toBe(2);
    await expect(replay()).resolves.toEqual({ recorded: 0, duplicates: 0, kept: 2 });
  });

  it('records nothing that claims to be of another source than ours', async () => {
    await mkdir(join(journalPath, 'rejected'), { recursive: true });
    const foreign = { ...eventOf('foreign'), source: { kind: 'reported', name: 'api' } };
    await writeFile(join(journalPath, 'rejected', 'one.jsonl'), `${JSON.stringify({ event: foreign })}\n`);
    await expect(replay()).resolves.toEqual({ recorded: 0, duplicates: 0, kept: 1 });
  });

  it('loses nothing that a process sets aside meanwhile', async () => {
    const file = createRejectedFile({ path: join(journalPath, 'rejected', 'live.jsonl'), clock: systemClock });
    const append = (id: string) => file.append([{ reason: 'invalid_event', message: 'no', event: eventOf(id) }]);
    await append('0');
    let recorded = 0;
    const writing = (async () => {
      for (let n = 1; n <= 60; n++) await append(String(n));
    })();
    for (let n = 0; n < 10; n++) recorded += (await replay()).recorded;
    await writing;
    recorded += (await replay()).recorded;
    expect(recorded).toBe(61);
  });
});
