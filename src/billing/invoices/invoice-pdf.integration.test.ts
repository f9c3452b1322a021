import { extractText, getDocumentProxy } from 'unpdf';
import { missingGlyphs } from '@/documents';
import { billingOn, createBilledOrganization, usageOn } from '@/testing/billing-world';
import { startPlan } from '@/testing/quota-fixture';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { COUNTRY_OPTIONS } from '../ui/countries';
import { createInvoiceQueries } from './invoice-queries';
import { invoicePdf } from './invoice-pdf';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await database.pool.query(`select ensure_usage_partition(now()::date)`);
});
afterAll(() => database.drop());

const AT = new Date('2026-02-15T02:00:00Z');

const textOf = async (file: Buffer) => {
  const { text } = await extractText(await getDocumentProxy(new Uint8Array(file)), { mergePages: true });
  return text.replace(/\s+/g, ' ');
};

async function billed(metrics: Parameters<ReturnType<typeof usageOn>>[2]) {
  const { pool } = database;
  const id = await createBilledOrganization(pool, '2026-01-15T00:00:00Z');
  await startPlan(pool, id, 'starter', new Date('2026-01-15T00:00:00Z'));
  await usageOn(pool)(id, '2026-01-20T10:00:00Z', metrics);
  const billing = billingOn(pool);
  const { invoiceId } = (await billing.billNext(id, AT))!;
  const read = () => createInvoiceQueries({ pool }).get(id, invoiceId!, { drafts: true });
  return { billing, id, read };
}

describe('an invoice on paper', () => {
  it('says what the invoice says: parties, each line with how it comes about, and what is due', async () => {
    const { billing, id, read } = await billed({ ai_tokens: 300_500 });
    const draft = await read();
    const drafted = await invoicePdf(draft, 'https://usage.example.com');
    expect(drafted.name).toBe('invoice-draft-2026-01-15.pdf');
    expect(await textOf(drafted.file)).toMatch(/DRAFT.*Nothing is to be paid before the invoice is issued/);

    await database.pool.query(
      `update billing_accounts set legal_name = 'Łódź Müller AG', tax_id = 'PL 123', address = '{"line1": "ul. Główna 1", "country": "PL"}' where organization_id = $1`,
      [id],
    );
    await billing.finalizeDrafts(id, AT);
    const invoice = await read();
    const { file, name } = await invoicePdf(invoice, 'https://usage.example.com');
    expect(name).toBe(`invoice-${invoice.number}.pdf`);
    const text = await textOf(file);
    for (const said of [
      `Invoice number ${invoice.number}`,
      'Date of issue Feb 15, 2026',
      'Due on Mar 1, 2026',
      'Period Jan 15, 2026 to Feb 14, 2026',
      'Łódź Müller AG',
      'ul. Główna 1',
      'Poland',
      'Tax ID PL 123',
      '$20.02 due Mar 1, 2026',
      '$19 a month $19.00',
      // 250,000 are included, and 51 packages of 1,000 begun.
      '300,500 tokens',
      '51 packages of 1,000 × $0.02',
      'Amount due $20.02',
      `https://usage.example.com/billing/invoices/${invoice.id}`,
    ])
      expect(text).toContain(said);
    expect(text).not.toContain('DRAFT');
    expect((await invoicePdf(await read(), 'https://usage.example.com')).file.equals(file)).toBe(true);
  });

  it('can be addressed to every country there is to choose', () => {
    expect(missingGlyphs(COUNTRY_OPTIONS.map(({ label }) => label))).toEqual([]);
  });
});
