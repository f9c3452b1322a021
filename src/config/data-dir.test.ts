import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDataDir } from './data-dir';

const mode = async (path: string) => (await stat(path)).mode & 0o777;

describe('the data directory', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'tollgate-data-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('is closed to everyone else, also when it was open before', async () => {
    const fresh = await openDataDir(join(root, 'a/b'));
    expect(await mode(fresh.path)).toBe(0o700);
    await chmod(fresh.path, 0o755);
    await openDataDir(fresh.path);
    expect(await mode(fresh.path)).toBe(0o700);
  });

  it('keeps a secret for its user only, replaces it whole and leaves no drafts', async () => {
    const data = await openDataDir(join(root, 'data'));
    expect(await data.readSecret('secrets.json')).toBeNull();
    await data.writeSecret('secrets.json', 'first, and longer');
    await data.writeSecret('secrets.json', 'second');
    expect(await data.readSecret('secrets.json')).toBe('second');
    expect(await mode(data.resolve('secrets.json'))).toBe(0o600);
    expect(await readdir(data.path)).toEqual(['secrets.json']);
  });

  it('keeps the old secret when the new one cannot be written', async () => {
    const data = await openDataDir(join(root, 'data'));
    await data.writeSecret('secrets.json', 'old');
    const unwritable = { toString: () => 'new' } as unknown as string;
    await expect(data.writeSecret('secrets.json', unwritable)).rejects.toThrow();
    expect(await readFile(data.resolve('secrets.json'), 'utf8')).toBe('old');
    expect(await readdir(data.path)).toEqual(['secrets.json']);
  });

  it('names DATA_DIR when the place cannot be used', async () => {
    await writeFile(join(root, 'file'), '');
    await expect(openDataDir(join(root, 'file'))).rejects.toThrow(/DATA_DIR .*file cannot be used/);
  });
});
