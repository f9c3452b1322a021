import { rm } from 'node:fs/promises';
import fc from 'fast-check';
import { type InvoiceView } from '@/billing/contracts';
import { type UsageEvent } from '@/metering/contracts';
import { billingOn, createBilledOrganization, usageOn } from '@/testing/billing-world';
import { downloadInvoice, linesWith, writeFiles } from '@/testing/line-files';
import { quotaStoresOn, startPlan } from '@/testing/quota-fixture';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { buildUsageEvent } from '@/testing/usage-event-builder';
import { createSealLines } from './seal-lines';
import { verifyInvoice } from './verify-invoice';

const SIGN_UP = '2026-01-15T00:00:00Z';
const after = (day: string) => new Date(`${day}T02:00:00Z`);

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await database.pool.query(`select ensure_usage_partition(now()::date)`);
});
afterAll(() => database.drop());

const subscriber = async (plan = 'starter') => {
  const id = await createBilledOrganization(database.pool, SIGN_UP);
  await startPlan(database.pool, id, plan, new Date(SIGN_UP));
  return id;
};
async function issue(organizationId: string, day: string): Promise<string> {
  const billed = await billingOn(database.pool).billNext(organizationId, after(day));
  const { finalized } = await billingOn(database.pool).finalizeDrafts(organizationId, after(day));
  expect(finalized).toBe(1);
  return billed!.invoiceId!;
}
async function problemsOf(invoice: InvoiceView, files: readonly (string | Buffer)[]): Promise<string[]> {
  const { folder, paths } = await writeFiles(files);
  const { findings } = await verifyInvoice(invoice, paths);
  await rm(folder, { recursive: true });
  return findings.map(({ line, problem }) => `${line ?? '-'}: ${problem}`);
}

/** Two phases, two metrics, a gauge with a level from before, events of hostile names, and a correction. */
async function richInvoice() {
  const { pool } = database;
  const id = await subscriber();
  const record = usageOn(pool);
  await record(id, '2026-01-20T10:00:00Z', { documents: 255, api_calls: 1 }, 2);
  await record(id, '2026-02-01T10:00:00Z', { storage_gb: 30 });
  await issue(id, '2026-02-15');
  await record(id, '2026-01-21T10:00:00Z', { documents: 4 });
  await quotaStoresOn(pool).usageStore.record(
    ['=1+1', 'plain', 'ünïcode 🎉', '\'quoted"', 'a,b;c', '-x\ty'].map((name, place) =>
      buildUsageEvent({
        ...{ organizationId: id, id: name, occurredAtMs: new Date('2026-02-20T10:00:00Z').getTime() + place },
        ...{ source: { kind: 'reported' as const, name: 'meter' }, route: name, quantities: { documents: '100.25' } },
      }),
    ),
  );
  await startPlan(pool, id, 'pro', new Date('2026-03-01T10:20:30.123Z'));
  await record(id, '2026-03-02T10:00:00Z', { documents: 600 });
  await record(id, '2026-03-03T10:00:00Z', { storage_gb: 70 });
  const invoiceId = await issue(id, '2026-03-15');
  return { id, invoiceId };
}

describe('an invoice with the files of its lines', () => {
  it.each(['csv', 'ndjson'] as const)('follows from its terms and its events, as %s in any order', async (format) => {
    const { id, invoiceId } = await richInvoice();
    const { invoice, files } = await downloadInvoice(database.pool, id, invoiceId, format);
    expect(invoice.lines.map(({ kind, metric, amount_minor }) => `${kind} ${metric} ${amount_minor > 0}`)).toEqual(
      expect.arrayContaining([
        'adjustment documents true',
        'usage documents true',
        'usage storage_gb true',
        'plan null true',
      ]),
    );
    expect(linesWith(invoice, 'storage_gb').map(({ evidence }) => evidence!.opening?.level)).toEqual(['30', '30']);
    expect(await problemsOf(invoice, files.toReversed())).toEqual([]);
    expect(await problemsOf(JSON.parse(JSON.stringify(invoice)) as InvoiceView, files)).toEqual([]);
  });

  it('is found to be wrong whichever byte of a file is changed', async () => {
    const { id, invoiceId } = await richInvoice();
    for (const format of ['csv', 'ndjson'] as const) {
      const { invoice, files } = await downloadInvoice(database.pool, id, invoiceId, format);
      const whole = files.filter((file) => file !== '').map((file) => Buffer.from(file));
      await fc.assert(
        fc.asyncProperty(
          fc.nat(whole.length - 1).chain((which) => fc.tuple(fc.constant(which), fc.nat(whole[which]!.length - 1))),
          fc.integer({ min: 1, max: 255 }),
          async ([which, at], mask) => {
            const changed = whole.map((file) => Buffer.from(file));
            changed[which]![at]! ^= mask;
            expect(await problemsOf(invoice, changed)).not.toEqual([]);
          },
        ),
        { numRuns: 300 },
      );
    }
  });

  it('says what is wrong with a file, and of which line', async () => {
    const { id, invoiceId } = await richInvoice();
    const { invoice, files } = await downloadInvoice(database.pool, id, invoiceId);
    const [line] = linesWith(invoice, 'documents');
    const own = files.findIndex((file) => file.includes(line!.id));
    const [header, ...rows] = files[own]!.trimEnd().split('\r\n');
    const withRows = (changed: string[]) =>
      problemsOf(invoice, files.with(own, [header, ...changed, ''].join('\r\n'))).then((found) => found.join('\n'));
    const at = `${line!.position}: `;
    expect(await withRows(rows.slice(1))).toContain(`${at}1 of ${rows.length} events are missing`);
    expect(await withRows([rows[0]!, ...rows])).toContain(`${at}row 2: the event stands there twice`);
    expect(await withRows([...rows.slice(1), rows[0]!])).toContain(`${at}row ${rows.length}: it stands out of order`);
    expect(await withRows([...rows, rows.at(-1)!.replace('2026-02-20', '2026-02-21')])).toContain(
      `${at}1 events are more than the ${rows.length}`,
    );
    expect(await withRows(rows.with(0, rows[0]!.replace('100.25', '100.26')))).toContain(
      `${at}quantity: it says 601.5`,
    );
    expect(await withRows(rows.with(0, rows[0]!.replace('plain', 'plane').replace('100.25', '100.250')))).toContain(at);
    expect(await problemsOf(invoice, files.toSpliced(own, 1))).toEqual([
      `${at}the file of its ${rows.length} events is missing`,
    ]);
    expect(await problemsOf(invoice, [...files, files[own]!])).toEqual([
      expect.stringContaining('is a file of the same line'),
    ]);
    expect(await problemsOf(invoice, [...files, 'something else'])).toEqual(['-: it ends within a row']);
    expect(await problemsOf(invoice, [...files, `${header}\n`])).toEqual([
      expect.stringContaining('its lines end in LF instead of CRLF'),
    ]);
  });

  it('is found to be wrong whichever amount or term is changed', async () => {
    const { id, invoiceId } = await richInvoice();
    const { invoice, files } = await downloadInvoice(database.pool, id, invoiceId);
    const terms = [
      'quantity',
      'exact_amount',
      'amount',
      'amount_minor',
      'tax',
      'tax_minor',
      'billed_minor',
      'parts',
      'position',
    ] as const;
    const missed: string[] = [];
    for (const [place, line] of invoice.lines.entries()) {
      const changed = terms.flatMap((term) => {
        const value = line[term];
        if (value === null || (term === 'exact_amount' && line.kind === 'adjustment')) return [];
        const other = typeof value === 'number' ? value + 1 : typeof value === 'string' ? `1${value}` : [];
        return JSON.stringify(other) === JSON.stringify(value) ? [] : [{ ...line, [term]: other }];
      });
      const evidence = line.evidence;
      if (evidence) {
        changed.push({ ...line, evidence: { ...evidence, events: evidence.events + 1 } });
        changed.push({
          ...line,
          evidence: { ...evidence, stored_through: evidence.stored_through.replace('.', '.9').slice(0, 26) + 'Z' },
        });
        changed.push({ ...line, to: '2030-01-01T00:00:00.000000Z' });
      }
      for (const forged of changed) {
        const problems = await problemsOf({ ...invoice, lines: invoice.lines.with(place, forged) }, files);
        if (problems.length === 0) missed.push(JSON.stringify(forged));
      }
    }
    expect(missed).toEqual([]);
    for (const name of ['subtotal_minor', 'total_minor', 'tax_minor', 'credited_minor'] as const) {
      expect(await problemsOf({ ...invoice, [name]: invoice[name] + 1 }, files)).not.toEqual([]);
    }
  });
});

describe('the digest of a line', () => {
  const event = (organizationId: string, place: number, more: Partial<UsageEvent> = {}) =>
    buildUsageEvent({
      ...{ organizationId, id: `event ${place}`, occurredAtMs: Date.parse('2026-01-20T00:00:00Z') + (place % 7) },
      ...{ source: { kind: 'reported' as const, name: `s${place % 3}` }, quantities: { documents: 30 }, ...more },
    });

  it('does not depend on the batches in which events were stored, nor on their order', async () => {
    const { pool } = database;
    const digests: string[] = [];
    const shuffled = [3, 17, 5, 0, 11, 8, 1, 14, 2, 19, 6, 4, 13, 7, 9, 10, 18, 12, 15, 16];
    for (const [order, size] of [
      [shuffled.toSorted((a, b) => a - b), 20],
      [shuffled, 1],
      [shuffled.toReversed(), 7],
    ] as const) {
      const id = await subscriber();
      for (let at = 0; at < order.length; at += size) {
        await quotaStoresOn(pool).usageStore.record(order.slice(at, at + size).map((place) => event(id, place)));
      }
      const billed = await billingOn(pool).billNext(id, after('2026-02-15'));
      // Only when they were stored differs, which is part of the evidence.
      await pool.query(`update usage_events set stored_at = date_trunc('day', now()) where organization_id = $1`, [id]);
      await pool.query(
        `update invoice_lines set stored_through = date_trunc('day', now()) where organization_id = $1 and metric is not null`,
        [id],
      );
      expect(await createSealLines({ pool }).sealLines(billed!.invoiceId!)).toBeNull();
      const { rows } = await pool.query<{ digest: string }>(
        `select digest_sha256 as digest from invoice_lines where organization_id = $1 and metric = 'documents'`,
        [id],
      );
      digests.push(rows[0]!.digest);
    }
    expect(new Set(digests).size).toBe(1);
  });

  it('leaves out what was stored after the cutoff, what is of test usage and what is of other metrics', async () => {
    const { pool } = database;
    const id = await subscriber();
    const { usageStore } = quotaStoresOn(pool);
    await usageStore.record([
      event(id, 1),
      event(id, 2, { livemode: false }),
      event(id, 3, { quantities: { api_calls: 1 } }),
    ]);
    const billed = await billingOn(pool).billNext(id, after('2026-02-15'));
    await usageStore.record([event(id, 4)]);
    await billingOn(pool).finalizeDrafts(id, after('2026-02-15'));
    const { invoice, files } = await downloadInvoice(pool, id, billed!.invoiceId!);
    expect(linesWith(invoice, 'documents')).toMatchObject([{ quantity: '30', evidence: { events: 1 } }]);
    expect(files.join('')).not.toMatch(/event [234],.*30/);
    expect(await problemsOf(invoice, files)).toEqual([]);
  });

  it('is not written where events are missing, and the invoice waits', async () => {
    const { pool } = database;
    const id = await subscriber();
    await usageOn(pool)(id, '2026-01-20T10:00:00Z', { documents: 200 }, 2);
    await billingOn(pool).billNext(id, after('2026-02-15'));
    await pool.query(
      `delete from usage_events where ctid = (select ctid from usage_events where organization_id = $1 limit 1) and organization_id = $1`,
      [id],
    );
    expect(await billingOn(pool).finalizeDrafts(id, after('2026-02-15'))).toEqual({ finalized: 0, waiting: 1 });
    const { rows } = await pool.query('select status, attention from invoices where organization_id = $1', [id]);
    expect(rows).toEqual([{ status: 'draft', attention: 'line 2 (documents): 2 events were billed, there are 1' }]);
  });
});
