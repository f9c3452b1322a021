import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStoragePeer, type StoragePeer } from '@/testing/storage-peer';
import { createDiskReportFiles } from './disk-report-files';
import { type ReportFiles } from './report-files';
import { createStorageReportFiles } from './storage-report-files';

const KEY = 'sb_secret_test';
const CSV = 'text/csv';

let root: string;
let peer: StoragePeer;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tollgate-files-'));
  peer = await startStoragePeer(KEY);
});
afterAll(async () => {
  await peer.close();
  await rm(root, { recursive: true, force: true });
});

const STORES: Record<string, () => ReportFiles> = {
  'a disk': () => createDiskReportFiles(join(root, 'reports')),
  'Supabase Storage': () => createStorageReportFiles({ url: peer.url, key: KEY, bucket: 'reports' }),
};
async function* parts(...texts: string[]) {
  for (const text of texts) yield Buffer.from(text);
}
const textOf = async (stream: ReadableStream<Uint8Array> | null) => stream && new Response(stream).text();

describe.each(Object.keys(STORES))('files on %s', (name) => {
  it('are there wholly or not at all, are replaced, and go with their folder', async () => {
    const files = STORES[name]!();
    expect(await files.read('org/report/1.csv')).toBeNull();
    await files.removeFolder('org/report');
    expect(await files.write('org/report/1.csv', CSV, parts('a,', 'ü'))).toBe(4);
    expect(await textOf(await files.read('org/report/1.csv'))).toBe('a,ü');
    await files.write('org/report/1.csv', CSV, parts('b'));
    await files.write('org/report/2.csv', CSV, parts('c'));
    await files.write('org/other/1.csv', CSV, parts('d'));
    expect(await textOf(await files.read('org/report/1.csv'))).toBe('b');

    async function* broken() {
      yield Buffer.from('half');
      throw new Error('the rows ended early');
    }
    await expect(files.write('org/report/3.csv', CSV, broken())).rejects.toThrow('the rows ended early');
    expect(await files.read('org/report/3.csv')).toBeNull();

    await files.remove('org/report/2.csv');
    await files.remove('org/report/2.csv');
    expect(await files.read('org/report/2.csv')).toBeNull();
    await files.removeFolder('org/report');
    expect(await files.read('org/report/1.csv')).toBeNull();
    expect(await textOf(await files.read('org/other/1.csv'))).toBe('d');
  });
});

describe('Supabase Storage', () => {
  it('is written as fast as it takes and read as fast as somebody reads, so that no file is in memory whole', async () => {
    const files = STORES['Supabase Storage']!();
    const part = Buffer.alloc(1 << 20, 7);
    const count = 64;
    let made = 0;
    async function* many() {
      for (; made < count; made++) yield part;
    }
    await files.write('org/small/1.csv', CSV, parts('a'));
    /** What it comes to when it grows no more. */
    const settled = async (of: () => number): Promise<number> => {
      for (let before = -1; ;) {
        const now = of();
        if (now === before && now > 0) return now;
        before = now;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    };
    let go: () => void = () => undefined;
    peer.taking = new Promise((resolve) => (go = resolve));
    const writing = files.write('org/large/1.bin', 'application/octet-stream', many());
    expect(await settled(() => made)).toBeLessThan(count / 2);
    go();
    expect(await writing).toBe(count << 20);

    const reader = (await files.read('org/large/1.bin'))!.getReader();
    let read = (await reader.read()).value!.length;
    expect(await settled(() => peer.given())).toBeLessThan((count << 20) / 2);
    for (let next = await reader.read(); !next.done; next = await reader.read()) read += next.value.length;
    expect(read).toBe(count << 20);
  });

  it('that refuses the key or is away is told as what may go well later', async () => {
    const wrong = createStorageReportFiles({ url: peer.url, key: 'sb_secret_wrong', bucket: 'reports' });
    await expect(wrong.write('a/b/1.csv', CSV, parts('a'))).rejects.toMatchObject({
      code: 'unavailable',
      retryable: true,
    });
    const away = createStorageReportFiles({ url: 'http://127.0.0.1:9', key: KEY, bucket: 'reports' });
    await expect(away.read('a/b/1.csv')).rejects.toMatchObject({ code: 'unavailable' });
    expect((await readdir(peer.folder)).length).toBeGreaterThan(0);
  });
});
