import fc from 'fast-check';
import { extractText, getDocumentProxy, getMeta } from 'unpdf';
import { AppError } from '@/kernel/errors';
import { drawStatement, type Statement } from './index';
import { MARGIN } from './sheet';

const line = (over: Partial<Statement['lines'][number]> = {}): Statement['lines'][number] => ({
  description: 'API requests',
  details: 'Office flux, 250,000 beyond 1,000,000',
  quantity: '250,000',
  unitPrice: '$0.0008',
  amount: '$200.00',
  ...over,
});

const statement = (over: Partial<Statement> = {}): Statement => ({
  paper: 'a4',
  language: 'en-US',
  createdAt: new Date(Date.UTC(2026, 6, 1)),
  title: 'Invoice',
  number: 'INV-000042',
  stamp: { text: 'PAID', tone: 'good' },
  facts: [{ label: 'Invoice number', value: 'INV-000042' }],
  parties: [
    { lines: ['Müller & Søn GmbH', 'Schönhauser Allee 12'] },
    { heading: 'Bill to', lines: ['Łódź Робототехніка', 'Tax ID 12-345'] },
  ],
  headline: '$238.00 due July 15, 2026',
  columns: { description: 'Description', quantity: 'Qty', unitPrice: 'Unit price', amount: 'Amount' },
  lines: [line()],
  totals: [
    { label: 'Subtotal', value: '$200.00' },
    { label: 'VAT 19%', value: '€38.00' },
    { label: 'Amount due', value: '$238.00', strong: true },
  ],
  notes: ['Thank you.\nAsk us anything.'],
  footer: 'INV-000042 at the foot',
  pageLabel: 'Page {page} of {pages}',
  ...over,
});

const open = async (file: Buffer) => getDocumentProxy(new Uint8Array(file));
const pagesOf = async (file: Buffer): Promise<string[]> => {
  const { text } = await extractText(await open(file));
  return text.map((page) => page.replace(/\s+/g, ' '));
};
const count = (text: string, part: string): number => text.split(part).length - 1;

describe('a drawn statement', () => {
  afterEach(() => jest.useRealTimers());

  it('is byte-identical for the same statement, whenever it is drawn and whatever was drawn before', async () => {
    const first = await drawStatement(statement());
    jest.useFakeTimers({ now: new Date('2031-05-05'), doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    // A no-break space has the glyph of a space: what was first drawn with a glyph must not be remembered.
    await drawStatement(statement({ title: 'A\u00a0B', footer: 'c\u00a0d', facts: [] }));
    expect((await drawStatement(statement())).equals(first)).toBe(true);
    const later = await drawStatement(statement({ createdAt: new Date(Date.UTC(2026, 6, 2)) }));
    expect(later.equals(first)).toBe(false);
  });

  it('holds its texts as texts, and says in its metadata what it is', async () => {
    const file = await drawStatement(statement());
    const [page = ''] = await pagesOf(file);
    const said = [
      'Invoice number INV-000042',
      'Müller & Søn GmbH',
      'Łódź Робототехніка',
      '$238.00 due July 15, 2026',
      'API requests',
      'Office flux, 250,000 beyond 1,000,000',
      'VAT 19% €38.00',
      'Amount due $238.00',
      'Thank you. Ask us anything.',
      'PAID',
      'Page 1 of 1',
    ];
    for (const text of said) expect(page).toContain(text);
    const { info } = (await getMeta(await open(file))) as { info: Record<string, unknown> };
    expect(info).toMatchObject({
      Title: 'Invoice INV-000042',
      Author: 'Müller & Søn GmbH',
      CreationDate: 'D:20260701000000Z',
      Language: 'en-US',
    });
  });

  it('has each of 400 lines once, under a head on each page, with number, stamp and page', async () => {
    const lines = Array.from({ length: 400 }, (_, at) => line({ description: `Metric ${at}.` }));
    const pages = await pagesOf(await drawStatement(statement({ lines })));
    expect(pages.length).toBeGreaterThan(10);
    for (const [at, page] of pages.entries()) {
      expect(count(page, 'Description Qty Unit price Amount')).toBe(1);
      expect(page).toContain('PAID');
      expect(page).toContain('INV-000042');
      expect(page).toContain(`Page ${at + 1} of ${pages.length}`);
    }
    const found = [...pages.join(' ').matchAll(/Metric (\d+)\./g)].map(([, at]) => Number(at));
    expect(found).toEqual(lines.map((_, at) => at));
  });

  it('never begins a page with the totals', async () => {
    for (let length = 8; length < 22; length++) {
      const pages = await pagesOf(await drawStatement(statement({ lines: Array.from({ length }, () => line()) })));
      const last = pages.find((page) => page.includes('Amount due')) ?? '';
      expect(last.indexOf('API requests')).toBeGreaterThanOrEqual(0);
      expect(last.indexOf('API requests')).toBeLessThan(last.indexOf('Subtotal'));
    }
  });

  it('tells readers aloud of one table with one head and four cells a row, also an empty one', async () => {
    const lines = Array.from({ length: 40 }, () => line({ unitPrice: '' }));
    const pdf = await open(await drawStatement(statement({ lines })));
    const roles: string[] = [];
    const visit = (node: { role?: string; children?: unknown[] }): void => {
      if (node.role) roles.push(node.role);
      for (const child of node.children ?? []) visit(child as typeof node);
    };
    for (let page = 1; page <= pdf.numPages; page++) visit(await (await pdf.getPage(page)).getStructTree());
    const counted = (role: string) => roles.filter((name) => name === role).length;
    expect(counted('H1')).toBe(1);
    expect(counted('TH')).toBe(4 + 3);
    // An empty cell has no content on any page, so only the others are seen.
    expect(counted('TD')).toBe(3 * 40 + 3);
  });
});

describe('a statement that cannot be drawn', () => {
  const refused = async (over: Partial<Statement>) => {
    const error: unknown = await drawStatement(statement(over)).catch((thrown: unknown) => thrown);
    if (!(error instanceof AppError)) throw new Error('expected a refusal');
    return error;
  };

  it('is refused by the name of the field and its characters, before anything is drawn', async () => {
    const error = await refused({ parties: [{ lines: ['Seller', '株式会社 A'] }] });
    expect(error.code).toBe('invalid_request');
    expect(error.message).toBe(
      'parties.0.lines.1: cannot be drawn: 株 (U+682A), 式 (U+5F0F), 会 (U+4F1A), 社 (U+793E)',
    );
    const many = await refused({ lines: Array.from({ length: 100 }, () => line({ description: '会' })) });
    expect(many.issues).toHaveLength(20);
    expect(many.issues[3]?.field).toBe('lines.3.description');
  });

  it('is refused beyond its bounds', async () => {
    expect((await refused({ headline: 'x'.repeat(2001) })).issues[0]?.field).toBe('headline');
    expect((await refused({ lines: Array.from({ length: 5001 }, () => line()) })).issues[0]?.field).toBe('lines');
    const full = Array.from({ length: 501 }, () => line({ description: 'x'.repeat(2000) }));
    expect((await refused({ lines: full })).message).toMatch(/expected 1000000 characters in all at most, received 10/);
    expect((await refused({ createdAt: new Date(Number.NaN) })).issues[0]?.field).toBe('createdAt');
    expect((await refused({ language: 'en)/JS(' })).issues[0]?.field).toBe('language');
  });
});

describe('hostile texts', () => {
  /** Where the texts of a file stand: nothing may leave the sheet's margins. */
  async function expectWithinMargins(file: Buffer): Promise<void> {
    const pdf = await open(file);
    for (let at = 1; at <= pdf.numPages; at++) {
      const page = await pdf.getPage(at);
      const [, , width = 0, height = 0] = page.view;
      for (const item of (await page.getTextContent()).items) {
        if (!('str' in item) || item.str.trim() === '') continue;
        const [x, y] = [Number(item.transform[4]), Number(item.transform[5])];
        expect(x).toBeGreaterThanOrEqual(MARGIN - 0.5);
        // The space at the end of a broken line is not seen.
        if (item.str.trimEnd() === item.str) expect(x + item.width).toBeLessThanOrEqual(width - MARGIN + 0.5);
        expect(y).toBeGreaterThan(20);
        expect(y).toBeLessThan(height - 40);
      }
    }
  }

  it('stay within the margins, however long and strange they are', async () => {
    const text = fc.oneof(
      fc.string({
        unit: fc.constantFrom('W', 'i', ' ', '\n', '\0', '-', 'ß', '\u202e', ')', '\\', '%'),
        maxLength: 2000,
      }),
      fc.integer({ min: 0, max: 2000 }).map((length) => 'M'.repeat(length)),
    );
    const short = text.map((long) => `x${long.slice(0, 199)}`);
    await fc.assert(
      fc.asyncProperty(text, text, short, fc.constantFrom('a4' as const, 'letter' as const), async (a, b, c, paper) => {
        const drawn = await drawStatement(
          statement({
            paper,
            title: c,
            number: c,
            stamp: { text: c.slice(0, 24), tone: 'neutral' },
            facts: [{ label: a, value: b }],
            parties: [{ lines: [b] }, { heading: a, lines: [b, a] }],
            headline: b,
            columns: { description: c, quantity: c, unitPrice: 'u', amount: c },
            lines: [line({ description: a, details: b, quantity: a }), line({ amount: b, unitPrice: a }), line()],
            totals: [{ label: a, value: b }],
            notes: [a, b],
            footer: c,
            pageLabel: c,
          }),
        );
        await expectWithinMargins(drawn);
      }),
      { numRuns: 12 },
    );
  });

  it('are texts and nothing else: no script, no link, no file', async () => {
    const evil = ') /JS (app.alert(1)) /URI (http://evil.example) <</Type /Action>> endobj';
    const file = await drawStatement(statement({ title: evil, headline: evil, parties: [{ lines: [evil] }] }));
    const pdf = await open(file);
    expect(await pdf.getJSActions()).toBeNull();
    expect(await pdf.getAttachments()).toBeNull();
    expect(await (await pdf.getPage(1)).getAnnotations()).toEqual([]);
    expect((await pagesOf(file))[0]).toContain('app.alert(1)');
  });
});
