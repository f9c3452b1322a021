import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createTestDatabase } from '@/testing/test-database';

const root = resolve(__dirname, '../..');

/** Tables of ARCHITECTURE.md, with what it says of the end of their rows. */
async function answers(): Promise<Map<string, string>> {
  const text = await readFile(resolve(root, 'ARCHITECTURE.md'), 'utf8');
  const table = /## The tables\n(.*?)\n## /s.exec(text)![1]!;
  const rows = table.split('\n').flatMap((line) => {
    const cells = line.split('|').map((cell) => cell.trim());
    const names = [...(cells[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name!);
    return names.map((name) => [name, cells[4] ?? ''] as const);
  });
  return new Map(rows);
}

describe('every table', () => {
  it('has an answer to what removes its rows, and when', async () => {
    const database = await createTestDatabase();
    const { rows } = await database.pool.query<{ name: string }>(
      `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition`,
    );
    await database.drop();
    const told = await answers();
    expect([...told.keys()].sort()).toEqual(rows.map(({ name }) => name).sort());
    expect([...told].filter(([, answer]) => answer === '')).toEqual([]);
  });

  it('that is cleared by the scheduler is cleared by an entry of vercel.json', async () => {
    const { crons } = JSON.parse(await readFile(resolve(root, 'vercel.json'), 'utf8')) as { crons: { path: string }[] };
    const scheduled = crons.map(({ path }) => path.replace('/api/cron/', ''));
    const named = [...(await answers()).values()].flatMap((answer) =>
      [...answer.matchAll(/`([a-z]+-[a-z]+)`/g)].map(([, name]) => name!),
    );
    expect(new Set(named)).toEqual(new Set(['remove-old', 'close-periods']));
    for (const name of named) expect(scheduled).toContain(name);
  });
});
