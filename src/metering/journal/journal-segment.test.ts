import fs from 'node:fs';
import { mkdtemp, open, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@/kernel/clock';
import { createRejectedFile } from './rejected-file';

/** The flags with which this process has a file open, as Linux knows them. */
async function flagsOf(path: string): Promise<number> {
  for (const fd of await readdir('/proc/self/fd')) {
    if ((await readlink(`/proc/self/fd/${fd}`).catch(() => null)) !== path) continue;
    const [, flags] = /^flags:\s*([0-7]+)$/m.exec(await readFile(`/proc/self/fdinfo/${fd}`, 'utf8'))!;
    return Number.parseInt(flags!, 8);
  }
  throw new Error(`${path} is not open`);
}

/** The module as it is on a platform: it decides when it is loaded. */
async function onPlatform(platform: NodeJS.Platform) {
  const real = Object.getOwnPropertyDescriptor(process, 'platform')!;
  jest.resetModules();
  Object.defineProperty(process, 'platform', { ...real, value: platform });
  try {
    return await import('./journal-segment');
  } finally {
    Object.defineProperty(process, 'platform', real);
  }
}

/** Counts what is brought to the disk by fdatasync; it works as before. */
const watchDatasync = () => jest.spyOn(fs, 'fdatasync');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tollgate-segment-'));
});
afterEach(async () => {
  jest.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

/** What of an open file is brought to the disk, by the prototype that all handles share. */
async function watchHandles() {
  const probe = await open(folder, 'r');
  const prototype = Object.getPrototypeOf(probe) as fs.promises.FileHandle;
  await probe.close();
  return { sync: jest.spyOn(prototype, 'sync'), datasync: jest.spyOn(prototype, 'datasync') };
}

const onLinux = process.platform === 'linux' ? it : it.skip;

describe('a segment', () => {
  onLinux('is opened on Linux so that a write returns only when it is on the disk', async () => {
    const { openSegmentFile } = await onPlatform('linux');
    const path = join(folder, 'one');
    const file = await openSegmentFile(path);
    expect((await flagsOf(path)) & fs.constants.O_DSYNC).toBe(fs.constants.O_DSYNC);
    await file.close();
  });

  it('is brought to the disk after each write where opening it so does not do that', async () => {
    const datasync = watchDatasync();
    const { openSegmentFile } = await onPlatform('darwin');
    const file = await openSegmentFile(join(folder, 'one'));
    for (let writes = 1; writes <= 3; writes++) {
      await file.write(Buffer.from('record'), 0, 6 * writes);
      expect(datasync).toHaveBeenCalledTimes(writes);
    }
    await file.close();
  });

  it('is cut on the disk too: O_DSYNC is about writes only', async () => {
    const datasync = watchDatasync();
    const { openSegmentFile } = await onPlatform('linux');
    const file = await openSegmentFile(join(folder, 'one'));
    await file.write(Buffer.from('records'), 0, 0);
    await file.truncate(3);
    expect(datasync).toHaveBeenCalledTimes(1);
    await file.close();
  });

  it('has its name on the disk before anything is written to it', async () => {
    const { createSegment, openSegmentFile, sealSegment } = await onPlatform(process.platform);
    const { sync } = await watchHandles();
    const segment = await createSegment(folder, 1, openSegmentFile);
    expect(sync).toHaveBeenCalledTimes(1);
    await sealSegment(segment);
  });
});

it('what is set aside is on the disk, name and content, before its segment goes', async () => {
  const { sync, datasync } = await watchHandles();
  const rejected = createRejectedFile({ path: join(folder, 'rejected', 'one.jsonl'), clock: systemClock });
  await rejected.append([{ reason: 'torn', message: 'm', segment: 's', offset: 0, bytesBase64: '' }]);
  expect([datasync.mock.calls.length, sync.mock.calls.length]).toEqual([1, 1]);
});
