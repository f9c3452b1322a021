import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { systemClock } from '@/kernel/clock';
import { readRecords } from './journal-record';
import { openSegmentFile, SEGMENT_NAME, type OpenSegmentFile } from './journal-segment';
import { openUsageJournal, type UsageJournal } from './usage-journal';

const log = pino({ level: 'silent' });

/** A disk that fails on demand, with the real one behind it. */
function createFaultyDisk() {
  const disk = { fail: null as 'space' | 'sync' | 'truncate' | null, writes: 0 };
  const check = (call: typeof disk.fail) => {
    if (disk.fail === call) throw Object.assign(new Error(`EIO: ${call}`), { code: 'EIO' });
  };
  const openFile: OpenSegmentFile = async (path) => {
    const file = await openSegmentFile(path);
    return {
      write: async (bytes, start, position) => {
        disk.writes++;
        if (disk.fail !== 'space') {
          const count = await file.write(bytes, start, position);
          // The bytes stand in the file, but nobody knows for how long.
          check('sync');
          return count;
        }
        // A full disk takes a part before it refuses the rest.
        if (bytes.length - start > 5) return file.write(bytes.subarray(0, start + 5), start, position);
        throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
      },
      truncate: async (size) => {
        check('truncate');
        await file.truncate(size);
      },
      close: () => file.close(),
    };
  };
  return { disk, openFile };
}

describe('the journal', () => {
  let path: string;
  let journal: UsageJournal;
  beforeEach(async () => {
    path = join(await mkdtemp(join(tmpdir(), 'tollgate-journal-')), 'journal');
  });
  afterEach(async () => {
    await journal.close();
    await rm(join(path, '..'), { recursive: true, force: true });
  });

  const segments = async () => (await readdir(journal.ownPath)).filter((name) => SEGMENT_NAME.test(name)).sort();
  const contents = async () => {
    const pieces = (await segments()).map(async (name) => [
      ...readRecords(await readFile(join(journal.ownPath, name))),
    ]);
    return (await Promise.all(pieces)).flat().map((piece) => (piece.kind === 'record' ? piece.payload : piece.kind));
  };
  const append = (payload: string) => journal.append(payload).durable;

  it('has on the disk, in order, what it said is durable', async () => {
    journal = await openUsageJournal({ path, clock: systemClock, log });
    for (let number = 0; number < 5; number++) {
      await append(`{"n":${number}}`);
      expect((await contents()).at(-1)).toBe(`{"n":${number}}`);
    }
    expect(await contents()).toHaveLength(5);
  });

  it('brings many events to the disk with one write', async () => {
    const { disk, openFile } = createFaultyDisk();
    journal = await openUsageJournal({ path, clock: systemClock, log, openFile });
    await append('{"n":"the first, which makes room"}');
    disk.writes = 0;
    await Promise.all(Array.from({ length: 1_000 }, (_, number) => append(`{"n":${number}}`)));
    expect(disk).toMatchObject({ writes: 1 });
    expect(await contents()).toHaveLength(1_001);
  });

  it('removes a segment once all of it is decided, and its directory when nothing is left', async () => {
    journal = await openUsageJournal({ path, clock: systemClock, log, segmentBytes: 10 });
    const groups = [journal.append('{"n":"in the first"}')];
    await groups[0]?.durable;
    groups.push(journal.append('{"n":"in the second"}'), journal.append('{"n":"there as well"}'));
    await groups[1]?.durable;
    const [first, second] = groups.map((group) => group.segment!);
    journal.release(second!, 1);
    expect(await segments()).toHaveLength(2);
    journal.release(first!, 1);
    journal.release(second!, 1);
    await journal.close();
    expect(existsSync(journal.ownPath)).toBe(false);
  });

  it('leaves what is not decided when it is closed', async () => {
    journal = await openUsageJournal({ path, clock: systemClock, log });
    await append('{"n":1}');
    await journal.close();
    expect(await contents()).toEqual(['{"n":1}']);
    expect(() => journal.append('{}')).toThrow('stopping');
  });

  it('never writes where another process writes', async () => {
    journal = await openUsageJournal({ path, clock: systemClock, log });
    const other = await openUsageJournal({ path, clock: systemClock, log });
    await Promise.all([append('{"of":"one"}'), other.append('{"of":"two"}').durable]);
    expect(other.ownPath).not.toBe(journal.ownPath);
    expect(await contents()).toEqual(['{"of":"one"}']);
    await other.close();
  });

  it.each(['space', 'sync'] as const)(
    'refuses what a disk without %s did not keep, keeps what it had, and works again when the disk does',
    async (call) => {
      const { disk, openFile } = createFaultyDisk();
      journal = await openUsageJournal({ path, clock: systemClock, log, openFile });
      await append('{"n":"kept"}');
      disk.fail = call;
      await expect(append('{"n":"refused"}')).rejects.toMatchObject({
        code: 'usage_not_recorded',
        retryable: true,
        retryAfterSeconds: 1,
      });
      expect(journal.isWritable()).toBe(false);
      disk.fail = null;
      await append('{"n":"kept too"}');
      expect(journal.isWritable()).toBe(true);
      expect(await contents()).toEqual(['{"n":"kept"}', '{"n":"kept too"}']);
      // The file whose sync failed is not trusted again.
      expect(await segments()).toHaveLength(2);
    },
  );

  it('finds out by itself that the disk works again, without an event being risked', async () => {
    const { disk, openFile } = createFaultyDisk();
    journal = await openUsageJournal({ path, clock: systemClock, log, openFile });
    disk.fail = 'sync';
    await expect(append('{}')).rejects.toThrow();
    disk.fail = null;
    while (!journal.isWritable()) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await readdir(journal.ownPath)).toEqual(['owner.lock']);
  });

  it('refuses an event too large for a record, and only that one', async () => {
    journal = await openUsageJournal({ path, clock: systemClock, log });
    expect(() => journal.append('x'.repeat((1 << 20) + 1))).toThrow('larger than 1 MiB');
    const large = 'y'.repeat(1 << 20);
    await append(large);
    expect(await contents()).toEqual([large]);
  });

  it('closes what it sets aside to others and keeps every line whole', async () => {
    journal = await openUsageJournal({ path, clock: systemClock, log });
    const entry = { reason: 'damaged', message: 'm', segment: 's', offset: 0, bytesBase64: '' } as const;
    await Promise.all([journal.setAside([entry, entry]), journal.setAside([]), journal.setAside([entry])]);
    const [name] = await readdir(join(path, 'rejected'));
    const lines = (await readFile(join(path, 'rejected', name!), 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { reason: string }).reason)).toEqual(Array(3).fill('damaged'));
  });
});

const shell = (command: string) => execFileSync('/bin/sh', ['-c', command], { stdio: 'ignore' });
const mountCommand = (size: string, place: string) => `mount -t tmpfs -o size=${size} tmpfs ${place}`;

const canMount = (() => {
  const place = join(tmpdir(), `tollgate-mount-${process.pid}`);
  try {
    shell(`mkdir -p ${place} && ${mountCommand('64k', place)} && umount ${place}`);
    return true;
  } catch {
    console.warn('The test on a full disk is skipped: it must be allowed to mount a tmpfs.');
    return false;
  } finally {
    shell(`rmdir ${place}`);
  }
})();

(canMount ? describe : describe.skip)('the journal on a full disk', () => {
  let mounted: string;
  beforeEach(async () => {
    mounted = await mkdtemp(join(tmpdir(), 'tollgate-full-'));
    shell(mountCommand('1m', mounted));
  });
  afterEach(async () => {
    shell(`umount ${mounted}`);
    await rm(mounted, { recursive: true, force: true });
  });

  it('refuses, loses nothing it acknowledged, and goes on once there is room', async () => {
    const path = join(mounted, 'journal');
    const journal = await openUsageJournal({ path, clock: systemClock, log, segmentBytes: 64 * 1024 });
    const kept: string[] = [];
    const append = async (from: number) => {
      const payload = JSON.stringify({ from, text: 'x'.repeat(3_000) });
      await journal.append(payload).durable;
      kept.push(payload);
    };
    await mkdir(join(mounted, 'else'));
    await writeFile(join(mounted, 'else', 'file'), Buffer.alloc(600 * 1024));
    const fill = async () => {
      for (let n = 0; ; n += 5) await Promise.all([0, 1, 2, 3, 4].map((more) => append(n + more)));
    };
    await expect(fill()).rejects.toMatchObject({ code: 'usage_not_recorded', retryable: true });
    expect(kept.length).toBeGreaterThan(0);
    expect(journal.isWritable()).toBe(false);

    await rm(join(mounted, 'else', 'file'));
    while (!journal.isWritable()) await new Promise((resolve) => setTimeout(resolve, 50));
    await append(1_000);

    const names = (await readdir(journal.ownPath)).filter((name) => SEGMENT_NAME.test(name)).sort();
    const found: string[] = [];
    for (const name of names) {
      for (const piece of readRecords(await readFile(join(journal.ownPath, name)))) {
        found.push(piece.kind === 'record' ? piece.payload : piece.kind);
      }
    }
    expect(found.sort()).toEqual(kept.sort());
    await journal.close();
  });
});
