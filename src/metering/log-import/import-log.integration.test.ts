import { appendFile, writeFile } from 'node:fs/promises';
import { createImportedLogs, type ImportedLogs, logLine } from '@/testing/imported-logs';
import { createOrganization, createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { type UsageStore } from '../usage-store-contract';

let database: TestDatabase;
let logs: ImportedLogs;
const run: ImportedLogs['run'] = (...given) => logs.run(...given);
const importText: ImportedLogs['importText'] = (...given) => logs.importText(...given);
const counted = (organizationId: string) => logs.counted(organizationId);

beforeAll(async () => {
  database = await createTestDatabase();
  logs = await createImportedLogs(database);
});
afterAll(async () => {
  await logs.close();
  await database.drop();
});

it('counts two identical lines as two requests, the same file again as none, and a grown file by what was added', async () => {
  const { id } = await createOrganization(database.pool);
  const path = logs.pathOf('grown.log');
  await writeFile(path, logLine('/a') + logLine('/a') + 'cut sho\n' + logLine('/b', 1));
  const rejected: { number: number; reason: string }[] = [];
  expect(await run(path, id, { rejected })).toEqual({
    lines: 4,
    accepted: 3,
    duplicates: 0,
    rejected: 1,
    alreadyDone: 0,
    unfinishedBytes: 0,
  });
  expect(rejected).toEqual([{ number: 3, reason: expect.stringContaining('combined format') as string }]);
  expect(await run(path, id)).toMatchObject({ lines: 4, accepted: 0, duplicates: 0, rejected: 0, alreadyDone: 4 });
  await appendFile(path, logLine('/a') + logLine('/c', 2));
  expect(await run(path, id)).toMatchObject({ lines: 6, accepted: 2, duplicates: 0, rejected: 0, alreadyDone: 4 });
  expect(await counted(id)).toBe(5);
});

it('imports nothing twice even when the note of how far it came is lost', async () => {
  const { id } = await createOrganization(database.pool);
  const path = logs.pathOf('lost-note.log');
  await writeFile(path, Array.from({ length: 50 }, (_, n) => logLine(`/${n % 3}`, n % 60)).join(''));
  await run(path, id);
  await database.pool.query('delete from usage_imports where organization_id = $1', [id]);
  expect(await run(path, id)).toMatchObject({ accepted: 0, duplicates: 50 });
});

it('continues after being stopped at any batch, before or after its commit, and ends with every line counted once', async () => {
  const { id } = await createOrganization(database.pool);
  const path = logs.pathOf('stopped.log');
  await writeFile(path, Array.from({ length: 23_000 }, (_, n) => logLine(`/${n % 5}`, n % 60)).join(''));
  for (let stop = 0; stop < 4; stop += 1) {
    let calls = 0;
    const failing: UsageStore = {
      async record(events, options) {
        calls += 1;
        if (calls === 2 && stop % 2 === 0) throw new Error('stopped before the commit');
        const outcomes = await logs.store.record(events, options);
        if (calls === 2) throw new Error('stopped after the commit');
        return outcomes;
      },
    };
    await expect(run(path, id, { over: failing })).rejects.toThrow('stopped');
  }
  const last = await run(path, id);
  expect(last.lines).toBe(23_000);
  expect(await counted(id)).toBe(23_000);
}, 60_000);

it('leaves a last line without its end for the run that finds the end', async () => {
  const { id } = await createOrganization(database.pool);
  const next = logLine('/b', 1);
  const unfinished = await importText(logLine('/a') + next.slice(0, 40), id);
  expect(unfinished).toMatchObject({ lines: 1, accepted: 1, rejected: 0, unfinishedBytes: 40 });
  expect(await importText(logLine('/a') + next, id)).toMatchObject({ lines: 2, accepted: 1, unfinishedBytes: 0 });
  expect(await importText('no end yet', id, { name: 'new.log' })).toMatchObject({ lines: 0, unfinishedBytes: 10 });
  expect(await counted(id)).toBe(2);
});

it('knows the lines of a file that was rotated, of the one that follows it, and of both put together', async () => {
  const { id } = await createOrganization(database.pool);
  const old = [logLine('/a'), logLine('/b', 1), logLine('/c', 2), logLine('/c', 2)];
  const grown = [...old, logLine('/c', 2)];
  const current = [logLine('/c', 2), logLine('/d', 3)];
  await importText(old.join(''), id);
  await importText(grown.join(''), id, { name: 'access.log.1' });
  // The new file begins with a line equal to the last of the old one: another request of the same second.
  expect(await importText(current.join(''), id)).toMatchObject({ accepted: 2, duplicates: 0 });
  expect(await counted(id)).toBe(7);
  const together = await importText([...grown, ...current].join(''), id, { name: 'all.log' });
  expect(together).toMatchObject({ accepted: 0, duplicates: 2, alreadyDone: 5 });
  const other = await importText([logLine('/0'), ...grown, ...current, logLine('/e', 4)].join(''), id, {
    name: 'more.log',
  });
  expect(other).toMatchObject({ accepted: 2, duplicates: 7 });
  expect(await counted(id)).toBe(9);
});

it('knows the lines of a file that was trimmed, and those of one whose end was imported first', async () => {
  const { id } = await createOrganization(database.pool);
  const all = Array.from({ length: 40 }, (_, n) => logLine(`/${n % 2}`, Math.floor(n / 3)));
  await importText(all.slice(0, 20).join(''), id);
  const trimmed = all.slice(11, 26);
  expect(await importText(trimmed.join(''), id)).toMatchObject({ lines: 15, accepted: 6, duplicates: 9 });
  expect(await importText(trimmed.join(''), id)).toMatchObject({ accepted: 0, alreadyDone: 15 });
  expect(await importText(all.slice(15, 40).join(''), id)).toMatchObject({ accepted: 14, duplicates: 11 });
  expect(await counted(id)).toBe(40);

  const another = await createOrganization(database.pool);
  await importText(all.slice(30).join(''), another.id, { name: 'tail.log' });
  expect(await importText(all.join(''), another.id, { name: 'all.log' })).toMatchObject({
    accepted: 30,
    duplicates: 10,
  });
  expect(await counted(another.id)).toBe(40);
});

it('counts equal lines of two hosts as two requests, unless all that is imported of one is the beginning of the other', async () => {
  const { id } = await createOrganization(database.pool);
  const shared = [logLine('/health'), logLine('/health', 1), logLine('/health', 2)];
  const later = [logLine('/health', 4), logLine('/health', 4), logLine('/health', 5)];
  const [one, two] = ['/one', '/two'].map((path) => [...shared, logLine(path, 3), ...later]) as [string[], string[]];
  await importText(one.join(''), id, { name: 'one.log' });
  expect(await importText(two.join(''), id, { name: 'two.log' })).toMatchObject({ accepted: 7, duplicates: 0 });
  expect(await importText(one.join(''), id, { name: 'one.log' })).toMatchObject({ alreadyDone: 7 });
  expect(await importText([...two, logLine('/x', 9)].join(''), id, { name: 'two.log' })).toMatchObject({
    accepted: 1,
    alreadyDone: 7,
  });
  // The same text under the same source is the same file; another source is another host.
  expect(await importText(two.join(''), id, { name: 'copy.log' })).toMatchObject({ accepted: 0 });
  expect(await importText(two.join(''), id, { name: 'copy.log', source: 'third host' })).toMatchObject({ accepted: 7 });
  expect(await counted(id)).toBe(7 + 8 + 7);
});

it('does not begin again where a file is a shorter copy of one that is known', async () => {
  const { id } = await createOrganization(database.pool);
  const all = Array.from({ length: 12 }, (_, n) => logLine(`/${n}`, n));
  await importText(all.join(''), id);
  expect(await importText(all.slice(0, 5).join(''), id, { name: 'copy.log' })).toMatchObject({
    accepted: 0,
    duplicates: 5,
  });
  expect(await importText(all[0]!, id, { name: 'first.log' })).toMatchObject({ accepted: 0, duplicates: 1 });
  expect(await importText([...all, logLine('/new', 13)].join(''), id)).toMatchObject({ accepted: 1, alreadyDone: 12 });
  expect(await counted(id)).toBe(13);
});

it('refuses a file whose beginning is known and that was changed further on, before it counts anything twice', async () => {
  const { id } = await createOrganization(database.pool);
  const all = Array.from({ length: 12_000 }, (_, n) => logLine(`/${n % 7}`, Math.floor(n / 3)));
  await importText(all.join(''), id);
  const changed = all.slice(100).filter((_line, n) => n !== 2_000);
  await expect(importText(changed.join(''), id)).rejects.toMatchObject({ code: 'conflict' });
  expect(await counted(id)).toBe(12_000);
});

it('reads a file with a mark of byte order and other line ends as the same file', async () => {
  const { id } = await createOrganization(database.pool);
  const text = logLine('/a') + logLine('/b', 1) + logLine('/c', 2);
  await importText(text, id);
  const saved = `\ufeff${text.replaceAll('\n', '\r\n')}`;
  expect(await importText(saved, id, { name: 'saved.log' })).toMatchObject({ accepted: 0, alreadyDone: 3 });
});

it('skips what cannot be read with number and reason, goes on, and keeps what a line of a megabyte says', async () => {
  const { id } = await createOrganization(database.pool);
  const long = logLine(`/${'x'.repeat(1024 * 1024)}`, 1);
  const lines = [
    logLine('/a'),
    'cut sho\n',
    long,
    logLine('/b', 2).replace('17/May', '31/Feb'),
    logLine('/\0/\ud800', 3),
    logLine('/c', 4).replace(' 10 ', ' 9007199254740993 '),
    `${'y'.repeat(5 * 1024 * 1024)}\n`,
    logLine('/d e', 5),
  ];
  const rejected: { number: number; reason: string }[] = [];
  const bytes = Buffer.concat([Buffer.from(lines.join('')), Buffer.from(logLine('/\u00ff', 6), 'latin1')]);
  const result = await importText(bytes, id, { rejected, chunkBytes: 70_001 });
  expect(result).toMatchObject({ lines: 9, accepted: 5, rejected: 4 });
  expect(rejected.map(({ number, reason }) => `${number} ${reason.split(/[: ]/, 1)[0]}`)).toEqual([
    '2 not',
    '4 time',
    '6 bytes',
    '7 longer',
  ]);
  const { rows } = await database.pool.query<{ route: string }>(
    `select l.label as route from usage_events e join usage_labels l on l.id = e.route_id where e.organization_id = $1 order by e.occurred_at`,
    [id],
  );
  expect(rows.map(({ route }) => route.slice(0, 5))).toEqual(['/a', '/xxxx', '/\ufffd/\ufffd', '/d e', '/\ufffd']);
});

it('lets one import of a source run at a time', async () => {
  const { id } = await createOrganization(database.pool);
  const path = logs.pathOf('busy.log');
  await writeFile(path, logLine('/a'));
  let second: Promise<unknown> | undefined;
  const over: UsageStore = {
    async record(events, options) {
      await expect((second ??= run(path, id))).rejects.toMatchObject({ code: 'conflict' });
      return logs.store.record(events, options);
    },
  };
  expect(await run(path, id, { over })).toMatchObject({ accepted: 1 });
  expect(await run(path, id)).toMatchObject({ alreadyDone: 1 });
});
