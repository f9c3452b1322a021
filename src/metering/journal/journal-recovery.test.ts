import { spawn } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import fc from 'fast-check';
import { pino } from 'pino';
import { systemClock } from '@/kernel/clock';
import { AppError } from '@/kernel/errors';
import { createInMemoryUsageStore, type InMemoryUsageStore } from '@/testing/in-memory-usage-store';
import { buildUsageEvent } from '@/testing/usage-event-builder';
import { type OwnEvent } from '../contracts';
import { RecordEncoder } from './journal-record';
import { journalEvent } from './journalled-event';
import { createJournalRecovery, type JournalRecovery } from './journal-recovery';
import { openUsageJournal, type UsageJournal } from './usage-journal';

/** A segment's bytes without the room behind its records. */
const recordBytes = async (segment: string) => {
  const bytes = await readFile(segment);
  return bytes.subarray(0, bytes.findLastIndex((byte) => byte !== 0) + 1);
};

const log = pino({ level: 'silent' });
const ORGANIZATION = '01930000-0000-7000-8000-00000000000a';
const someEvents = (count: number) =>
  Array.from({ length: count }, (_, n) => buildUsageEvent({ organizationId: ORGANIZATION, id: `event-${n}` }));
const idsOf = (store: InMemoryUsageStore) => [...store.accepted.values()].map(({ id }) => id);

describe('the recovery of what dead processes left', () => {
  let path: string;
  let store: InMemoryUsageStore;
  const opened: UsageJournal[] = [];
  beforeEach(async () => {
    path = join(await mkdtemp(join(tmpdir(), 'tollgate-recovery-')), 'journal');
    store = createInMemoryUsageStore();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((journal) => journal.close()));
    await rm(join(path, '..'), { recursive: true, force: true });
  });

  const open = async (segmentBytes?: number) => {
    const journal = await openUsageJournal({ path, clock: systemClock, log, segmentBytes });
    opened.push(journal);
    return journal;
  };
  /** Writes events, 100 in a group, and ends without settling them; gives back the segments. */
  async function leave(events: readonly OwnEvent[], segmentBytes?: number): Promise<string[]> {
    const journal = await openUsageJournal({ path, clock: systemClock, log, segmentBytes });
    for (let first = 0; first < events.length; first += 100) {
      const group = events.slice(first, first + 100);
      await Promise.all(group.map((event) => journal.append(journalEvent(event)).durable));
    }
    await journal.close();
    const names = (await readdir(journal.ownPath)).filter((name) => name.endsWith('.segment')).sort();
    return names.map((name) => join(journal.ownPath, name));
  }
  const recoveryOf = (journal: UsageJournal): JournalRecovery => createJournalRecovery({ journal, store, log });
  async function rejectedLines(): Promise<{ reason: string; bytesBase64?: string; event?: OwnEvent }[]> {
    const names = await readdir(join(path, 'rejected')).catch(() => []);
    const files = await Promise.all(names.map((name) => readFile(join(path, 'rejected', name), 'utf8')));
    return files.flatMap((file) => file.trimEnd().split('\n')).map((line) => JSON.parse(line) as { reason: string });
  }

  it('records every event once, across segments, and leaves nothing behind', async () => {
    const events = someEvents(2_500);
    const segments = await leave(events, 200_000);
    expect(segments.length).toBeGreaterThan(2);
    const journal = await open();
    const recovery = recoveryOf(journal);
    await recovery.run();
    await recovery.run();
    expect(idsOf(store)).toEqual(events.map(({ id }) => id));
    expect(recovery.totals()).toEqual({ recorded: 2_500, duplicates: 0, rejected: 0, damaged: 0, torn: 0 });
    expect(recovery.backlog()).toBe(0);
    await journal.close();
    expect(await readdir(path)).toEqual([]);
  });

  it('does not touch the journal of a living process', async () => {
    const living = await open();
    await living.append(journalEvent(someEvents(1)[0]!)).durable;
    const recovery = recoveryOf(await open());
    await recovery.run();
    expect(store.accepted.size).toBe(0);
  });

  it('is done exactly once by racing adopters', async () => {
    const events = someEvents(300);
    for (let process = 0; process < 6; process++) await leave(events.slice(process * 50, process * 50 + 50));
    const recoveries = (await Promise.all([open(), open(), open()])).map(recoveryOf);
    await Promise.all(recoveries.map((recovery) => recovery.run()));
    const sum = recoveries.reduce((total, recovery) => total + recovery.totals().recorded, 0);
    expect({ recorded: sum, known: store.accepted.size }).toEqual({ recorded: 300, known: 300 });
    expect(store.batches.reduce((total, size) => total + size, 0)).toBe(300);
  });

  it('goes on where an adopter died in the middle, also when its adopter died too', async () => {
    await leave(someEvents(10));
    for (let generation = 0; generation < 3; generation++) {
      const journal = await open();
      store.fault = () => {
        throw new AppError('unavailable', 'down', { retryable: true });
      };
      await expect(recoveryOf(journal).run()).rejects.toThrow('down');
      await journal.close();
    }
    store.fault = null;
    const journal = await open();
    await recoveryOf(journal).run();
    expect(store.accepted.size).toBe(10);
    await journal.close();
    expect(await readdir(path)).toEqual([]);
  });

  it('keeps everything while the store is down, counts it as backlog, and records it once when the store is back', async () => {
    const events = someEvents(2_500);
    await leave(events);
    const recovery = recoveryOf(await open());
    let batches = 0;
    store.fault = (moment) => {
      if (moment === 'before' && batches++ > 0) throw new AppError('unavailable', 'down', { retryable: true });
    };
    await expect(recovery.run()).rejects.toThrow('down');
    expect(recovery.backlog()).toBe(1_500);
    store.fault = null;
    await recovery.run();
    expect(recovery.totals()).toMatchObject({ recorded: 2_500, duplicates: 0 });
    expect(idsOf(store)).toEqual(events.map(({ id }) => id));
  });

  it('cuts a torn tail at every byte and records everything before it', async () => {
    const events = someEvents(3);
    const last = new RecordEncoder().encode([journalEvent(events[2]!)]).length;
    const [segment] = await leave(events);
    const bytes = await recordBytes(segment!);
    for (let cut = 1; cut < last; cut += 7) {
      store = createInMemoryUsageStore();
      const [copy] = await leave(events.slice(0, 1));
      await writeFile(copy!, bytes);
      await truncate(copy!, bytes.length - cut);
      await rm(join(segment!, '..'), { recursive: true, force: true });
      const recovery = recoveryOf(await open());
      await recovery.run();
      expect(idsOf(store)).toEqual(['event-0', 'event-1']);
      expect(recovery.totals()).toMatchObject({ torn: 1, damaged: 0 });
    }
    expect(await rejectedLines()).toEqual([]);
  }, 30_000);

  it('sets flipped bytes aside with a report and records the others', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 255 }), async (place, mask) => {
        store = createInMemoryUsageStore();
        const events = someEvents(4);
        const [segment] = await leave(events);
        const bytes = await recordBytes(segment!);
        const offset = place % bytes.length;
        bytes.writeUInt8(bytes.readUInt8(offset) ^ mask, offset);
        await writeFile(segment!, bytes);
        const before = (await rejectedLines()).length;
        const journal = await open();
        const recovery = recoveryOf(journal);
        await recovery.run();
        const hit = Math.floor(offset / (bytes.length / 4));
        expect(idsOf(store)).toEqual(events.filter((_, index) => index !== hit).map(({ id }) => id));
        const [line] = (await rejectedLines()).slice(before);
        expect(Buffer.from(line?.bytesBase64 ?? '', 'base64')).toHaveLength(bytes.length / 4);
        expect(recovery.totals()).toMatchObject({ recorded: 3, damaged: 1, torn: 0 });
        await journal.close();
        await rm(join(path, 'rejected'), { recursive: true });
      }),
      { numRuns: 40 },
    );
  }, 30_000);

  it('sets aside the event that the store refuses, and what is no event, and records the others', async () => {
    const events = someEvents(50);
    const [segment] = await leave(events);
    const bytes = await recordBytes(segment!);
    await writeFile(segment!, Buffer.concat([bytes, new RecordEncoder().encode(['{"not":"an event"}'])]));
    store.reject = ({ id }) => id === 'event-3';
    store.fault = (_moment, batch) => {
      if (batch.some(({ id }) => id === 'event-7')) throw new AppError('invalid_request', 'poison');
    };
    const recovery = recoveryOf(await open());
    await recovery.run();
    expect(store.accepted.size).toBe(48);
    expect(recovery.totals()).toMatchObject({ recorded: 48, rejected: 2, damaged: 1 });
    const lines = await rejectedLines();
    expect(lines.map(({ event, reason }) => event?.id ?? reason).sort()).toEqual(['event-3', 'event-7', 'unreadable']);
  });

  it('finds everything that a killed process was told is durable', async () => {
    const program = `
      const { openUsageJournal } = require(${JSON.stringify(resolve(__dirname, 'usage-journal.ts'))});
      const { createUsageTracker } = require(${JSON.stringify(resolve(__dirname, '../usage-tracker.ts'))});
      const { buildUsageEvent } = require(${JSON.stringify(resolve(__dirname, '../../testing/usage-event-builder.ts'))});
      const log = require('pino').pino({ level: 'silent' });
      const clock = { now: () => new Date() };
      (async () => {
        const journal = await openUsageJournal({ path: ${JSON.stringify(path)}, clock, log, segmentBytes: 20_000 });
        const store = { record: () => new Promise(() => {}) };
        const tracker = createUsageTracker({ store, journal, clock, log, durability: 'journal', onOverflow: 'block',
          batchSize: 100, flushMs: 50, queueLimit: 1e6 });
        let n = 0;
        for (let connection = 0; connection < 8; connection++) (async () => {
          for (;;) {
            const id = 'event-' + n++;
            await tracker.record(buildUsageEvent({ organizationId: ${JSON.stringify(ORGANIZATION)}, id }));
            require('node:fs').writeSync(1, id + '\\n');
          }
        })();
      })();`;
    for (let kill = 0; kill < 3; kill++) {
      store = createInMemoryUsageStore();
      const child = spawn(process.execPath, ['--import', 'tsx', '-e', program], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const acknowledged: string[] = [];
      for await (const line of createInterface({ input: child.stdout })) {
        if (acknowledged.push(line) === 200 + kill * 101) child.kill('SIGKILL');
      }
      if (child.signalCode === null) await once(child, 'exit');
      const journal = await open();
      await recoveryOf(journal).run();
      const found = new Set(idsOf(store));
      expect(acknowledged.filter((id) => !found.has(id))).toEqual([]);
      expect(await rejectedLines()).toEqual([]);
      await journal.close();
    }
  }, 60_000);

  it('records once what a copy of the disk, taken at any moment, holds a second time', async () => {
    const events = someEvents(20);
    await leave(events.slice(0, 10));
    await cp(path, `${path}-copy`, { recursive: true, filter: (source) => !source.includes('.lock') });
    await recoveryOf(await open()).run();
    path = `${path}-copy`;
    const recovery = recoveryOf(await open());
    await recovery.run();
    expect(recovery.totals()).toMatchObject({ recorded: 0, duplicates: 10 });
    expect(store.accepted.size).toBe(10);
  });
});
