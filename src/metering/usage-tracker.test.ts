import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { systemClock } from '@/kernel/clock';
import { AppError } from '@/kernel/errors';
import { createInMemoryUsageStore, type InMemoryUsageStore } from '@/testing/in-memory-usage-store';
import { buildUsageEvent } from '@/testing/usage-event-builder';
import { openSegmentFile } from './journal/journal-segment';
import { openUsageJournal } from './journal/usage-journal';
import { createUsageTracker, type UsageTracker, type UsageTrackerOptions } from './usage-tracker';

const log = pino({ level: 'silent' });
const eventOf = (id: string | number) =>
  buildUsageEvent({ organizationId: '01930000-0000-7000-8000-00000000000b', id: String(id) });
const down = () => new AppError('unavailable', 'down', { retryable: true });
const turn = () => new Promise((resolve) => setImmediate(resolve));
const idsOf = (store: InMemoryUsageStore) => [...store.accepted.values()].map(({ id }) => id);
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);
const outcomesOf = async (promises: Promise<unknown>[]) =>
  (await Promise.allSettled(promises)).map(({ status }) => (status === 'fulfilled' ? 'kept' : 'refused'));

describe('the usage tracker', () => {
  let root: string;
  let store: InMemoryUsageStore;
  const trackers: UsageTracker[] = [];
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'tollgate-tracker-'));
    store = createInMemoryUsageStore();
  });
  afterEach(async () => {
    store.fault = null;
    await Promise.all(trackers.splice(0).map((tracker) => tracker.close()));
    await rm(root, { recursive: true, force: true });
  });

  const openJournal = (openFile = openSegmentFile) =>
    openUsageJournal({ path: join(root, 'journal'), clock: systemClock, log, openFile });
  function track(options: Partial<UsageTrackerOptions> = {}): UsageTracker {
    const tracker = createUsageTracker({
      ...{ store, journal: null, clock: systemClock, log, durability: options.journal ? 'journal' : 'memory' },
      ...{ onOverflow: 'block', batchSize: 100, flushMs: 60_000, queueLimit: 1_000, patienceMs: 300, retryBaseMs: 1 },
      ...options,
    });
    trackers.push(tracker);
    return tracker;
  }
  async function rejectedLines(): Promise<{ reason: string; message: string; event: { id: string } }[]> {
    const directory = join(root, 'journal', 'rejected');
    const names = await readdir(directory).catch(() => []);
    const files = await Promise.all(names.map((name) => readFile(join(directory, name), 'utf8')));
    return files.flatMap((file) => file.trimEnd().split('\n')).map((line) => JSON.parse(line) as never);
  }
  /** Makes the store wait until the returned function is called. */
  function holdStore(): () => void {
    let letGo: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    store.fault = (moment) => (moment === 'before' ? held : undefined);
    return letGo;
  }

  it('writes when a batch is full, and gathers everything else while one write is under way', async () => {
    const tracker = track({ batchSize: 10 });
    const letGo = holdStore();
    await Promise.all(numbers(10).map((n) => tracker.record(eventOf(n))));
    await Promise.all(numbers(500).map((n) => tracker.record(eventOf(10 + n))));
    await turn();
    expect(store.batches).toEqual([]);
    letGo();
    await tracker.flush();
    expect(store.batches).toEqual([10, 500]);
    expect(idsOf(store)).toEqual(numbers(510).map(String));
  });

  it('refuses an event that the journal does not take, and has room for the next one', async () => {
    const tracker = track({ journal: await openJournal(), queueLimit: 1 });
    const giant = buildUsageEvent({ ...eventOf('giant'), quantities: { sessions: 'x'.repeat(1 << 20) } });
    await expect(tracker.record(giant)).rejects.toMatchObject({
      ...{ code: 'usage_not_recorded', retryable: true, cause: { code: 'payload_too_large' } },
    });
    await tracker.record(eventOf(1));
    await tracker.flush();
    expect(idsOf(store)).toEqual(['1']);
  });

  it('writes what does not fill a batch after the flush interval', async () => {
    const tracker = track({ flushMs: 10 });
    await tracker.record(eventOf(1));
    while (store.accepted.size === 0) await turn();
    expect(tracker.status()).toMatchObject({ recorded: 1, backlog: 0 });
  });

  it('requeues in order what the store could not take, says so, and forgets the failure when it is mended', async () => {
    const tracker = track({ retryBaseMs: 60_000 });
    store.fault = () => {
      throw down();
    };
    await tracker.record(eventOf(1));
    await expect(tracker.flush()).rejects.toThrow('down');
    await tracker.record(eventOf(2));
    expect(tracker.status()).toMatchObject({ backlog: 2, lastFailure: { message: 'down' } });
    store.fault = null;
    await tracker.flush();
    expect(idsOf(store)).toEqual(['1', '2']);
    expect(tracker.status()).toMatchObject({ backlog: 0, recorded: 2, lastFailure: null });
  });

  it('tries again by itself after a failure', async () => {
    const tracker = track({ batchSize: 1 });
    let failures = 3;
    store.fault = () => {
      if (failures-- > 0) throw down();
    };
    await tracker.record(eventOf(1));
    while (store.accepted.size === 0) await turn();
    expect(failures).toBeLessThan(0);
  });

  it('keeps events when the store fails in a way nobody foresaw', async () => {
    const tracker = track();
    store.fault = () => {
      throw new TypeError('a bug');
    };
    await tracker.record(eventOf(1));
    await expect(tracker.flush()).rejects.toThrow('a bug');
    store.fault = null;
    await tracker.flush();
    expect(idsOf(store)).toEqual(['1']);
  });

  it('finds the events that spoil a batch, sets them aside with the reason, and records the others', async () => {
    const tracker = track({ journal: await openJournal() });
    store.fault = (_moment, events) => {
      if (events.some(({ id }) => id === '13' || id === '77')) throw new AppError('invalid_request', 'spoilt');
    };
    store.reject = ({ id }) => id === '40';
    await Promise.all(numbers(100).map((n) => tracker.record(eventOf(n))));
    await tracker.flush();
    expect(idsOf(store)).toEqual(
      numbers(100)
        .filter((n) => ![13, 40, 77].includes(n))
        .map(String),
    );
    expect(tracker.status()).toMatchObject({ recorded: 97, rejected: 3, backlog: 0 });
    const lines = (await rejectedLines()).map(({ event, message }) => [event.id, message]);
    expect(lines.sort()).toEqual([
      ['13', 'spoilt'],
      ['40', 'not wanted'],
      ['77', 'spoilt'],
    ]);
    await tracker.close();
    expect(await readdir(join(root, 'journal'))).toEqual(['rejected']);
  });

  it('counts a copy as a duplicate', async () => {
    const tracker = track();
    await Promise.all([1, 1, 2].map((n) => tracker.record(eventOf(n))));
    await tracker.flush();
    expect(tracker.status()).toMatchObject({ recorded: 2, duplicates: 1 });
  });

  describe('whose queue is full', () => {
    it('lets callers wait until there is room, in the order they came', async () => {
      const tracker = track({ queueLimit: 5, batchSize: 5, patienceMs: 60_000 });
      const letGo = holdStore();
      const all = Promise.all(numbers(25).map((n) => tracker.record(eventOf(n))));
      await turn();
      expect(tracker.status().backlog).toBe(5);
      letGo();
      await all;
      await tracker.flush();
      expect(idsOf(store)).toEqual(numbers(25).map(String));
    });

    it('refuses what found no room in time, and further requests before their work begins', async () => {
      const tracker = track({ queueLimit: 5, patienceMs: 50 });
      store.fault = () => {
        throw down();
      };
      const outcomes = await outcomesOf(numbers(7).map((n) => tracker.record(eventOf(n))));
      expect(outcomes).toEqual([...Array<string>(5).fill('kept'), 'refused', 'refused']);
      await expect(tracker.flush()).rejects.toThrow('down');
      expect(() => tracker.assertAccepting()).toThrow('cannot be recorded now');
      store.fault = null;
      await tracker.flush();
      tracker.assertAccepting();
      await tracker.record(eventOf(9));
      expect(tracker.status()).toMatchObject({ shed: 0, recorded: 5 });
    });

    it('drops and counts instead, where that is the policy', async () => {
      const tracker = track({ queueLimit: 5, patienceMs: 50, onOverflow: 'shed' });
      expect(await outcomesOf(numbers(8).map((n) => tracker.record(eventOf(n))))).toEqual(Array(8).fill('kept'));
      await tracker.flush();
      expect(tracker.status()).toMatchObject({ shed: 3, recorded: 5 });
    });
  });

  describe('with durability journal', () => {
    it('acknowledges while the store is down', async () => {
      const tracker = track({ journal: await openJournal(), batchSize: 1 });
      store.fault = () => {
        throw down();
      };
      await Promise.all(numbers(50).map((n) => tracker.record(eventOf(n))));
      tracker.assertAccepting();
      expect(tracker.status()).toMatchObject({ backlog: 50, journalWritable: true });
    });

    it('refuses what the disk did not take, does not count it, and refuses further requests before their work begins', async () => {
      let broken = false;
      const journal = await openJournal(async (path) => {
        const file = await openSegmentFile(path);
        const write: typeof file.write = (...bytes) =>
          broken ? Promise.reject(new Error('EIO')) : file.write(...bytes);
        return { ...file, write };
      });
      const tracker = track({ journal });
      await tracker.record(eventOf('kept'));
      broken = true;
      await expect(tracker.record(eventOf('refused'))).rejects.toMatchObject({ code: 'usage_not_recorded' });
      expect(() => tracker.assertAccepting()).toThrow('disk');
      expect(tracker.status().journalWritable).toBe(false);
      broken = false;
      await tracker.record(eventOf('kept too'));
      tracker.assertAccepting();
      await tracker.close();
      expect(idsOf(store)).toEqual(['kept', 'kept too']);
    });

    it('leaves to the next start what the store did not take before the end, which then records it once', async () => {
      const first = track({ journal: await openJournal(), patienceMs: 50 });
      store.fault = () => {
        throw down();
      };
      await Promise.all(numbers(20).map((n) => first.record(eventOf(n))));
      await first.close();
      store.fault = null;
      const second = track({ journal: await openJournal() });
      while (second.status().recorded < 20) await turn();
      expect(idsOf(store)).toEqual(numbers(20).map(String));
    });
  });

  describe('with durability database', () => {
    it('acknowledges what is committed and nothing else', async () => {
      const tracker = track({ durability: 'database', patienceMs: 60_000 });
      const letGo = holdStore();
      let acknowledged = 0;
      const all = numbers(30).map((n) => tracker.record(eventOf(n)).then(() => acknowledged++));
      await turn();
      expect(acknowledged).toBe(0);
      letGo();
      await Promise.all(all);
      // The first went alone; those that came meanwhile shared one commit.
      expect(store.batches).toEqual([1, 29]);
    });

    it('refuses in time what the database did not take, and does not count it later', async () => {
      const tracker = track({ durability: 'database', patienceMs: 50 });
      store.fault = () => {
        throw down();
      };
      expect(await outcomesOf(numbers(3).map((n) => tracker.record(eventOf(n))))).toEqual(Array(3).fill('refused'));
      store.fault = null;
      await tracker.record(eventOf('later'));
      expect(idsOf(store)).toEqual(['later']);
    });

    it('refuses an event that the database refuses for good', async () => {
      const tracker = track({ durability: 'database' });
      store.reject = ({ id }) => id === '1';
      expect(await outcomesOf(numbers(3).map((n) => tracker.record(eventOf(n))))).toEqual(['kept', 'refused', 'kept']);
    });
  });

  describe('when it is closed', () => {
    it('waits for what is being written and for the last batch, and takes nothing more', async () => {
      const tracker = track({ journal: await openJournal(), patienceMs: 60_000 });
      const letGo = holdStore();
      const records = numbers(150).map((n) => tracker.record(eventOf(n)));
      const closed = tracker.close();
      expect(await outcomesOf([tracker.record(eventOf('late'))])).toEqual(['refused']);
      expect(() => tracker.assertAccepting()).toThrow('stopping');
      letGo();
      await Promise.all([closed, tracker.close(), ...records]);
      expect(idsOf(store)).toEqual(numbers(150).map(String));
      expect(await readdir(join(root, 'journal'))).toEqual([]);
    });

    it('ends although the store never answers, and refuses those who wait', async () => {
      const tracker = track({ durability: 'database', patienceMs: 50, queueLimit: 2 });
      store.fault = () => new Promise(() => undefined);
      const outcomes = outcomesOf(numbers(4).map((n) => tracker.record(eventOf(n))));
      await tracker.close();
      expect(await outcomes).toEqual(Array(4).fill('refused'));
    });
  });
});
