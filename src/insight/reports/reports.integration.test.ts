import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readXlsx } from 'hucre/xlsx';
import { extractText, getDocumentProxy } from 'unpdf';
import { services } from '@/container';
import { addQuantities } from '@/kernel/quantity';
import { limitedTestEnvironment } from '@/testing/limited-environment';
import { parseCsv } from '@/testing/parse-csv';
import { recordSampleUsage, type SampleUsage } from '@/testing/sample-usage';
import { createOrganization, createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { createReportMaker, createReports, createReportStore, createDiskReportFiles } from '../index';
import { generateReportInput, type ReportFormat } from './report-contracts';
import { type ReportFiles } from './report-files';

const DAY_MS = 86_400_000;
const BY = 'user:test';
const SEES_ALL = { testOnly: false };

let database: TestDatabase;
let dataDir: string;
let usage: SampleUsage;

beforeAll(async () => {
  database = await createTestDatabase();
  dataDir = await limitedTestEnvironment(database.url);
  usage = await recordSampleUsage(database);
}, 60_000);
afterAll(async () => {
  await services().close();
  await database.drop();
  await rm(dataDir, { recursive: true, force: true });
});
beforeEach(async () => {
  await database.pool.query('delete from usage_reports');
  await rm(join(dataDir, 'reports'), { recursive: true, force: true });
});

const midnight = (daysAgo: number): string =>
  new Date(Math.floor(usage.nowMs / DAY_MS) * DAY_MS - daysAgo * DAY_MS).toISOString();
const input = (over: object = {}) =>
  generateReportInput.parse({ type: 'summary', format: 'json', from: midnight(12), to: midnight(2), ...over });

/** Reports whose maker nobody kicks, over parts that a test may spoil. */
function reportsOf(over: Partial<Parameters<typeof createReportMaker>[0]> = {}) {
  const { pool, usageQueries, usageForecasts, usageAnomalies, metricCatalogue, clock, log } = services();
  const store = createReportStore({ pool });
  const files = createDiskReportFiles(join(dataDir, 'reports'));
  const sources = { usageQueries, usageForecasts, usageAnomalies, catalogue: metricCatalogue, clock };
  const parts = {
    pool,
    store,
    files,
    sources,
    clock,
    monotonicMs: () => performance.now(),
    log,
    onReady: async () => undefined,
    ...over,
  };
  const maker = createReportMaker(parts);
  const idle = { run: async () => ({ ready: 0, failed: 0, postponed: 0 }), close: async () => undefined };
  const reports = createReports({ ...parts, maker: idle, catalogue: metricCatalogue });
  return { store, maker, reports, make: () => maker.run(60_000) };
}

async function bytesOf(organizationId: string, id: string): Promise<Buffer> {
  const { stream } = await reportsOf().reports.download(organizationId, id, SEES_ALL);
  return Buffer.from(await new Response(stream).arrayBuffer());
}
const filesOf = async (): Promise<string[]> =>
  (await readdir(join(dataDir, 'reports'), { recursive: true }).catch(() => [])).filter((name) => /\.\w+$/.test(name));

interface Json {
  sections: Record<string, { rows: Record<string, string | number | null>[] }>;
}
type Totals = Record<string, string>;

/** What a report of a format says of its totals, as a reader of that format has it; of a PDF its text. */
const READERS: Record<Exclude<ReportFormat, 'pdf'>, (file: Buffer) => Totals | Promise<Totals>> = {
  json: (file) => {
    const { sections } = JSON.parse(file.toString()) as Json;
    return Object.fromEntries(
      sections.totals!.rows.map(({ metric, quantity }) => [String(metric), `${quantity ?? ''}`]),
    );
  },
  csv: (file) => {
    const lines = parseCsv(file.toString());
    expect(new Set(lines.map((line) => line.length)).size).toBe(1);
    const [head, ...rows] = lines.filter(([section]) => section === 'totals');
    return Object.fromEntries(rows.map((row) => [row[head!.indexOf('metric')]!, row[head!.indexOf('quantity')]!]));
  },
  xlsx: async (file) => {
    const { sheets } = await readXlsx(new Uint8Array(file));
    const [head, ...rows] = sheets.find(({ name }) => name === 'Totals')!.rows;
    const [key, quantity] = [head!.indexOf('Metric'), head!.indexOf('Quantity')];
    return Object.fromEntries(rows.map((row) => [String(row[key]), String(row[quantity] ?? '')]));
  },
};

describe('a report', () => {
  it.each(['summary', 'detailed', 'forecast', 'anomaly'] as const)(
    'of type %s has the totals of the API in each of its formats',
    async (type) => {
      const { reports, make } = reportsOf();
      const { id: organizationId } = usage.ours;
      const expected: Totals = {};
      const metrics = ['api_calls', 'ai_tokens', 'storage_gb', 'user_sessions'];
      for (const key of metrics) {
        const metric = (await services().metricCatalogue.all()).get(key)!;
        const { points } = await services().usageQueries.history(organizationId, {
          mode: 'live',
          from: midnight(12),
          to: midnight(2),
          interval: 'day',
          metric: metric.key,
        });
        const quantities = points.map(({ quantity }) => quantity);
        const total = {
          sum: () => quantities.reduce(addQuantities, 0),
          count: () => quantities.reduce(addQuantities, 0),
          max: () => Math.max(...quantities.map(Number)),
          last: () => quantities.at(-1)!,
          unique: () => '',
        }[metric.aggregation]();
        expected[metric.key] = String(total);
      }
      const made: [ReportFormat, string][] = [];
      for (const format of ['pdf', 'xlsx', 'csv', 'json'] as const) {
        made.push([format, (await reports.request(organizationId, BY, input({ type, format, metrics }))).id]);
      }
      expect(await make()).toEqual({ ready: 4, failed: 0, postponed: 0 });
      for (const [format, id] of made) {
        const file = await bytesOf(organizationId, id);
        const report = await reports.get(organizationId, id, SEES_ALL);
        expect(report).toMatchObject({ status: 'ready', progress: 1, downloads: 1, size_bytes: file.length });
        if (format === 'pdf') {
          const { text } = await extractText(await getDocumentProxy(new Uint8Array(file)), { mergePages: true });
          for (const total of [expected.api_calls!, expected.storage_gb!])
            expect(text.replace(/\s+/g, ' ')).toContain(` ${Number(total).toLocaleString('en-US')} `);
        } else expect(await READERS[format](file)).toEqual(expected);
      }
    },
    120_000,
  );

  it('in detail has every event of the period, of one key and one endpoint where that is asked for', async () => {
    const { reports, make } = reportsOf();
    const [key] = usage.ours.keys;
    const filters = { api_key_id: key, route: '/b/{id}' };
    const asked = { type: 'detailed', metrics: ['api_calls'] };
    const all = await reports.request(usage.ours.id, BY, input(asked));
    const some = await reports.request(usage.ours.id, BY, input({ ...asked, filters }));
    await make();
    const range = { mode: 'live' as const, from: midnight(12), to: midnight(2) };
    const idsOf = async (id: string) =>
      (JSON.parse((await bytesOf(usage.ours.id, id)).toString()) as Json).sections.events!.rows.map((row) => row.id);
    for (const [{ id }, query] of [
      [all, range],
      [some, { ...range, api_key_id: key!, route: '/b/{id}' }],
    ] as const) {
      const exported: unknown[] = [];
      for await (const batch of services().usageQueries.exportEvents(usage.ours.id, query))
        exported.push(...batch.map((event) => event.id));
      expect(exported.length).toBeGreaterThan(20);
      expect((await idsOf(id)).sort()).toEqual(exported.sort());
    }
  });

  it('that cannot be made says why, and has no file', async () => {
    const { reports, make } = reportsOf();
    const old = { from: midnight(700), to: midnight(690), metrics: ['user_sessions'] };
    const { id } = await reports.request(usage.ours.id, BY, input(old));
    expect(await make()).toEqual({ ready: 0, failed: 1, postponed: 0 });
    const report = await reports.get(usage.ours.id, id, SEES_ALL);
    expect(report).toMatchObject({ status: 'failed', file_name: null });
    expect(report.failure).toContain('400 days');
    await expect(reports.download(usage.ours.id, id, SEES_ALL)).rejects.toMatchObject({ code: 'conflict' });
    for (const wrong of [
      { metrics: ['nothing'] },
      { from: midnight(600) },
      { to: midnight(40) },
      { from: midnight(-3), to: midnight(-5) },
    ]) {
      await expect(reports.request(usage.ours.id, BY, input(wrong))).rejects.toMatchObject({ code: 'invalid_request' });
    }
    expect(generateReportInput.safeParse({ ...input(), type: 'forecast', filters: { route: '/a' } }).success).toBe(
      false,
    );
  });

  it('whose maker was killed half-way is made again, and in the end there is one file', async () => {
    const { reports } = reportsOf();
    const { id } = await reports.request(usage.ours.id, BY, input({ type: 'detailed', format: 'csv' }));
    const disk = createDiskReportFiles(join(dataDir, 'reports'));
    let go: () => void = () => undefined;
    const paused = new Promise<void>((resolve) => (go = resolve));
    let reached: () => void = () => undefined;
    const half = new Promise<void>((resolve) => (reached = resolve));
    // Stands still in the middle of its file for longer than its lease holds, and goes on when another has made it.
    const slow: ReportFiles = {
      ...disk,
      write: (name, type, parts) =>
        disk.write(
          name,
          type,
          (async function* () {
            for await (const part of parts) {
              yield part;
              reached();
              await paused;
            }
          })(),
        ),
    };
    const dead = reportsOf({ files: slow, leaseMs: 50, renewedMs: 60_000 });
    const zombie = dead.make();
    await half;
    await database.pool.query(`update usage_reports set lease_expires_at = clock_timestamp() - interval '1 second'`);
    const { make } = reportsOf();
    expect(await make()).toEqual({ ready: 1, failed: 0, postponed: 0 });
    go();
    expect(await zombie).toEqual({ ready: 0, failed: 0, postponed: 1 });
    expect(await filesOf()).toHaveLength(1);
    expect((await bytesOf(usage.ours.id, id)).toString()).toContain('\nevents,');
    expect((await reports.get(usage.ours.id, id, SEES_ALL)).status).toBe('ready');
  });

  it('goes back at once when its process stops, and is given up after five that were cut off', async () => {
    const { reports, store, maker } = reportsOf();
    const { id } = await reports.request(usage.ours.id, BY, input());
    await maker.close();
    expect(await maker.run(1_000)).toEqual({ ready: 0, failed: 0, postponed: 0 });
    for (let attempt = 1; attempt <= 5; attempt++) {
      expect(await store.claim(60_000)).toMatchObject({ id, attempts: attempt });
      expect(await store.claim(60_000)).toBeNull();
      await database.pool.query(`update usage_reports set lease_expires_at = clock_timestamp() - interval '1 second'`);
    }
    await reportsOf().make();
    expect(await reports.get(usage.ours.id, id, SEES_ALL)).toMatchObject({
      status: 'failed',
      failure: 'It was begun 5 times and cut off each time.',
    });
  });

  it('waits with four others at most, however many ask at once, and makes nobody else wait', async () => {
    const { reports } = reportsOf();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 12 }, () => reports.request(usage.ours.id, BY, input())),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
    for (const error of refused) expect(error).toMatchObject({ code: 'too_many_requests', retryAfterSeconds: 30 });
    expect(await reports.request(usage.theirs.id, BY, input())).toMatchObject({ status: 'queued' });
  });

  it('is seen by its organization alone, by test keys only of test usage, in pages, and is gone when it expired', async () => {
    const { reports, make } = reportsOf();
    const { id: other } = await createOrganization(database.pool);
    const live = await reports.request(usage.ours.id, BY, input());
    const test = await reports.request(usage.ours.id, BY, input({ mode: 'test' }));
    await make();
    const hidden = { code: 'not_found' };
    await expect(reports.get(other, live.id, SEES_ALL)).rejects.toMatchObject(hidden);
    await expect(reports.download(other, live.id, SEES_ALL)).rejects.toMatchObject(hidden);
    await expect(reports.remove(other, live.id, SEES_ALL)).rejects.toMatchObject(hidden);
    await expect(reports.download(usage.ours.id, live.id, { testOnly: true })).rejects.toMatchObject(hidden);
    const seen = await reports.list(usage.ours.id, { limit: 10 }, { testOnly: true });
    expect(seen.data.map(({ id }) => id)).toEqual([test.id]);
    const first = await reports.list(usage.ours.id, { limit: 1 }, SEES_ALL);
    const second = await reports.list(usage.ours.id, { limit: 1, cursor: first.next_cursor! }, SEES_ALL);
    expect([...first.data, ...second.data].map(({ id }) => id)).toEqual([test.id, live.id]);
    expect(second.next_cursor).toBeNull();

    await reports.remove(usage.ours.id, test.id, SEES_ALL);
    expect(await filesOf()).toHaveLength(1);
    expect(await reports.removeOld()).toBe(0);
    const later = reportsOf({ clock: { now: () => new Date(Date.now() + 7 * DAY_MS + 60_000) } });
    expect(await later.reports.removeOld()).toBe(1);
    expect(await filesOf()).toEqual([]);
    await expect(reports.get(usage.ours.id, live.id, SEES_ALL)).rejects.toMatchObject(hidden);
  });
});
