import { extractText, getDocumentProxy } from 'unpdf';
import { labelledPlaces, ticksUpTo } from './chart-scale';
import { drawReport, type ReportSection, type Row } from './index';

async function* rowsOf(rows: Row[]) {
  yield rows;
}

const section = (rows: Row[], over: Partial<ReportSection> = {}): ReportSection => ({
  key: 'by_endpoint',
  title: 'By endpoint',
  columns: [
    { key: 'route', title: 'Endpoint', kind: 'text' },
    { key: 'requests', title: 'Requests made', kind: 'quantity' },
    { key: 'hidden', title: 'Not drawn', kind: 'text', isWide: true },
  ],
  rows: rowsOf(rows),
  ...over,
});

const draw = (sections: ReportSection[]) =>
  drawReport({
    paper: 'a4',
    language: 'en-US',
    createdAt: new Date(Date.UTC(2026, 6, 1)),
    title: 'Usage summary',
    author: 'Müller & Søn',
    facts: [{ label: 'Organization', value: '日本 Müller' }],
    notes: [],
    sections,
    footer: 'Usage summary of Müller & Søn',
  });
async function pagesOf(file: Buffer): Promise<string[]> {
  const { text } = await extractText(await getDocumentProxy(new Uint8Array(file)));
  return text.map((page) => page.replace(/\s+/g, ' '));
}

describe('a drawn report', () => {
  it('goes on over pages under repeated heads, draws a thousand rows of a table, and says that there are more', async () => {
    const rows = Array.from({ length: 1_200 }, (_, at): Row => [`/v1/things/${at}`, at * 1_000, 'secret']);
    const pages = await pagesOf(await draw([section(rows)]));
    expect(pages.length).toBeGreaterThan(15);
    for (const [at, page] of pages.entries()) {
      expect(page).toContain('Requests made');
      expect(page).toContain(`Page ${at + 1} of ${pages.length}`);
    }
    const all = pages.join(' ');
    expect([all.includes('/v1/things/999 999,000'), all.includes('/v1/things/1000')]).toEqual([true, false]);
    expect(all).toContain('Only the first rows are printed.');
    expect(all).not.toContain('secret');
  });

  it('draws charts as vectors with their numbers as texts, whatever the values, and spells what it has no letters for', async () => {
    const charts = [[0, 0], [5], [null, 3, null, 1e12], []].map((values) => ({
      title: 'Calls by day',
      alt: 'Calls',
      kind: 'lines' as const,
      labels: values.map((_, at) => `2026-11-0${at + 1}`),
      series: [{ name: 'Calls', values, color: 'accent' as const }],
      band: { name: 'Band', low: values, high: values },
    }));
    const file = await draw([section([], { charts })]);
    expect(file.includes('/Subtype /Image')).toBe(false);
    const text = (await pagesOf(file)).join(' ');
    for (const part of ['Calls by day', '2026-11-02', '1T', 'RiBen Müller']) expect(text).toContain(part);
  });

  it('says where there is nothing, breaks texts that are too long, and is the same each time', async () => {
    const long = 'x'.repeat(2_000);
    const once = async () => draw([section([]), section([[long, 1, null]])]);
    const file = await once();
    expect((await pagesOf(file))[0]).toContain('Nothing in this period.');
    expect((await once()).equals(file)).toBe(true);
  });
});

describe('the side of a chart', () => {
  it('has round numbers up to the highest value, five at most', () => {
    expect([0, 1, 7, 99, 1_234, 1e12, 0.003].map(ticksUpTo).map((ticks) => [ticks.at(-1), ticks.length])).toEqual([
      [1, 2],
      [1, 5],
      [8, 5],
      [100, 5],
      [1_500, 4],
      [1e12, 5],
      [0.003, 4],
    ]);
    expect(labelledPlaces(30, 8)).toEqual([0, 4, 8, 12, 16, 20, 24, 28]);
  });
});
