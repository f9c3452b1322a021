import fc from 'fast-check';
import { createImportedLogs, type ImportedLogs, logLine } from '@/testing/imported-logs';
import { createOrganization, createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { type UsageStore } from '../usage-store-contract';

let database: TestDatabase;
let logs: ImportedLogs;
beforeAll(async () => {
  database = await createTestDatabase();
  logs = await createImportedLogs(database);
});
afterAll(async () => {
  await logs.close();
  await database.drop();
});

/** What one host wrote, and which part of it each of its files holds. */
interface Host {
  name: string;
  stream: string[];
  files: { name: string; from: number; to: number }[];
  imported: Set<number>;
}
const step = fc.record({
  host: fc.constantFrom(0, 1),
  does: fc.constantFrom('writes', 'writes', 'rotates', 'trims', 'looks back', 'joins'),
  /** Requests of one second; the last is this host's alone, the others may be of both. */
  seconds: fc.array(fc.array(fc.constantFrom('/a', '/b'), { maxLength: 3 }), { minLength: 1, maxLength: 3 }),
  chunkBytes: fc.integer({ min: 1, max: 500 }),
  isKilled: fc.boolean(),
  unfinishedBytes: fc.nat(60),
  cut: fc.nat(20),
});

it('counts every line once, whatever happens to the files of two hosts, and in chunks of any size', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), async (steps) => {
      const { id } = await createOrganization(database.pool);
      const hosts = ['one', 'two'].map((name): Host => {
        return { name, stream: [], files: [{ name: `${name}.log`, from: 0, to: 0 }], imported: new Set() };
      });
      for (const [
        second,
        { host: which, does, seconds, chunkBytes, isKilled, unfinishedBytes, cut },
      ] of steps.entries()) {
        const host = hosts[which]!;
        let file = host.files.at(-1)!;
        if (does === 'rotates' && file.to > file.from)
          host.files.push((file = { name: `${host.name}.log`, from: host.stream.length, to: host.stream.length }));
        if (does === 'trims') file.from = Math.min(file.from + cut, Math.max(file.from, file.to - 5));
        if (does !== 'looks back' && does !== 'joins') {
          for (const [n, paths] of seconds.entries()) {
            const at = second * 10 + n;
            host.stream.push(...paths.map((path) => logLine(path, at)), logLine(`/${host.name}`, at));
          }
          file.to = host.stream.length;
        }
        const old = host.files[cut % host.files.length]!;
        const [from, to] =
          does === 'joins' ? [old.from, file.to] : does === 'looks back' ? [old.from, old.to] : [file.from, file.to];
        const isContiguous = host.files
          .slice(host.files.indexOf(old) + 1)
          .every((next, n, all) => next.from === (all[n - 1] ?? old).to);
        if (does === 'joins' && !isContiguous) continue;
        const text = host.stream.slice(from, to).join('') + logLine('/unfinished').slice(0, unfinishedBytes);
        const killed: UsageStore = {
          async record(events, options) {
            if (cut % 2 === 0) await logs.store.record(events, options);
            throw new Error('killed');
          },
        };
        if (isKilled) await logs.importText(text, id, { chunkBytes, over: killed }).catch(() => undefined);
        await logs.importText(text, id, { chunkBytes });
        for (let n = from; n < to; n += 1) host.imported.add(n);
      }
      expect(await logs.counted(id)).toBe(hosts[0]!.imported.size + hosts[1]!.imported.size);
    }),
    { numRuns: 40 },
  );
}, 120_000);
