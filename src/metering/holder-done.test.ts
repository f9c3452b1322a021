import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { systemClock } from '@/kernel/clock';
import { AppError } from '@/kernel/errors';
import { createInMemoryUsageStore, type InMemoryUsageStore } from '@/testing/in-memory-usage-store';
import { buildUsageEvent } from '@/testing/usage-event-builder';
import { createJournalRecovery } from './journal/journal-recovery';
import { journalEvent } from './journal/journalled-event';
import { openUsageJournal, type UsageJournal } from './journal/usage-journal';
import { type UsageStore } from './usage-store-contract';
import { createUsageTracker } from './usage-tracker';

const log = pino({ level: 'silent' });
const ORGANIZATION = '01930000-0000-7000-8000-00000000000a';
const eventOf = (id: string) => buildUsageEvent({ organizationId: ORGANIZATION, id });
const down = () => new AppError('unavailable', 'down', { retryable: true });

describe('what leases wait for: a process that has ended, with everything of it recorded', () => {
  let path: string;
  let store: InMemoryUsageStore;
  /** Processes told of, with how many events were recorded by then. */
  let told: [string, number][];
  let refuse: boolean;
  const onHolderDone = async (processId: string) => {
    if (refuse) throw down();
    told.push([processId, store.accepted.size]);
  };
  beforeEach(async () => {
    path = join(await mkdtemp(join(tmpdir(), 'tollgate-holder-')), 'journal');
    store = createInMemoryUsageStore();
    told = [];
    refuse = false;
  });
  afterEach(() => rm(join(path, '..'), { recursive: true, force: true }));

  const open = () => openUsageJournal({ path, clock: systemClock, log });
  const track = (journal: UsageJournal) =>
    createUsageTracker({
      store,
      journal,
      clock: systemClock,
      log,
      durability: 'journal',
      onOverflow: 'block',
      batchSize: 100,
      flushMs: 10,
      queueLimit: 1_000,
      patienceMs: 200,
      onHolderDone,
    });
  /** A process that ends with events in its journal; gives back its id. */
  async function leave(...ids: string[]): Promise<string> {
    const journal = await open();
    for (const id of ids) await journal.append(journalEvent(eventOf(id))).durable;
    await journal.close();
    return journal.processId;
  }

  it('is told of a dead process after the last of its events, and not while one of them waits', async () => {
    const dead = await leave('1', '2');
    const journal = await open();
    const recovery = createJournalRecovery({ journal, store, log, onHolderDone });
    store.fault = () => {
      throw down();
    };
    await expect(recovery.run()).rejects.toThrow('down');
    expect(told).toEqual([]);
    store.fault = null;
    await recovery.run();
    await recovery.run();
    expect(told).toEqual([[dead, 2]]);
    await journal.close();
  });

  it('is told again until it is taken note of, by whoever adopts the folder next', async () => {
    const dead = await leave('1');
    refuse = true;
    const first = await open();
    await expect(createJournalRecovery({ journal: first, store, log, onHolderDone }).run()).rejects.toThrow('down');
    await first.close(onHolderDone);
    expect(await readdir(path)).toEqual([first.processId]);

    refuse = false;
    const second = await open();
    await createJournalRecovery({ journal: second, store, log, onHolderDone }).run();
    expect(told).toEqual([
      [dead, 1],
      [first.processId, 1],
    ]);
    await second.close();
    expect(await readdir(path)).toEqual([]);
  });

  it('is told of this process by close(), once all is recorded; never with events left over', async () => {
    const journal = await open();
    const tracker = track(journal);
    await Promise.all(['1', '2', '3'].map((id) => tracker.record(eventOf(id))));
    await tracker.close();
    expect(told).toEqual([[journal.processId, 3]]);
    expect(await readdir(path)).toEqual([]);

    const cutOff = await open();
    const failing = track(cutOff);
    store.fault = () => {
      throw down();
    };
    await failing.record(eventOf('4'));
    await failing.close();
    expect(told).toHaveLength(1);
    expect(await readdir(path)).toEqual([cutOff.processId]);
  });

  it('fences events whose callers still wait, and refuses them in a way that may be repeated', async () => {
    const asked: unknown[] = [];
    const fence: UsageStore = {
      record: (events, options) => {
        asked.push(options);
        const expired = { outcome: 'rejected', reason: 'lease_expired', message: 'gone' } as const;
        return Promise.resolve(events.map(() => expired));
      },
    };
    const tracker = createUsageTracker({
      store: fence,
      journal: null,
      clock: systemClock,
      log,
      durability: 'database',
      onOverflow: 'block',
      batchSize: 100,
      flushMs: 10,
      queueLimit: 1_000,
    });
    await expect(tracker.record(eventOf('1'))).rejects.toMatchObject({ code: 'usage_not_recorded', retryable: true });
    expect(asked).toEqual([{ knownForever: false, fenced: true }]);
    expect(tracker.status()).toMatchObject({ recorded: 0, rejected: 0 });
    await tracker.close();
  });
});
