import fc from 'fast-check';
import { readXlsx } from 'hucre/xlsx';
import { type Row, type Table, writeWorkbook } from './index';

async function* batches(rows: readonly Row[], size: number) {
  for (let at = 0; at < rows.length; at += size) yield rows.slice(at, at + size);
}

const table = (rows: readonly Row[], over: Partial<Table> = {}, size = 3): Table => ({
  key: 'things',
  title: 'Things',
  columns: [
    { key: 'name', title: 'Name', kind: 'text' },
    { key: 'quantity', title: 'Quantity', kind: 'quantity' },
    { key: 'at', title: 'At', kind: 'instant' },
    { key: 'day', title: 'Day', kind: 'date' },
    { key: 'share', title: 'Share', kind: 'share' },
  ],
  rows: batches(rows, size),
  ...over,
});

async function fileOf(tables: readonly Table[], options?: { mostRows: number }): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of writeWorkbook(tables, options)) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}
const open = async (tables: readonly Table[], options?: { mostRows: number }) =>
  readXlsx(await fileOf(tables, options));

describe('a workbook', () => {
  it('has a sheet for each table, with real numbers and dates under its head', async () => {
    const { sheets } = await open([
      table([['a', 12.5, '2026-11-28T10:20:30.000Z', '2026-02-28', 0.25]]),
      table([], { title: 'None at all' }),
    ]);
    expect(sheets.map(({ name }) => name)).toEqual(['Things', 'None at all']);
    expect(sheets[0]!.rows).toEqual([
      ['Name', 'Quantity', 'At', 'Day', 'Share'],
      ['a', 12.5, new Date('2026-11-28T10:20:30Z'), new Date('2026-02-28T00:00:00Z'), 0.25],
    ]);
    expect(sheets[1]!.rows).toEqual([['Name', 'Quantity', 'At', 'Day', 'Share']]);
  });

  it('keeps what no number holds with all its digits, and nothing is a formula', async () => {
    const text = '=1+1';
    const { sheets } = await open([
      table([
        [text, '12345678901234567890', null, null, null],
        ['@x', 0, null, null, null],
      ]),
    ]);
    expect(sheets[0]!.rows.slice(1).map((row) => row.slice(0, 2))).toEqual([
      [text, '12345678901234567890'],
      ['@x', 0],
    ]);
    const xml = Buffer.from(await fileOf([table([[text, 1, null, null, null]])])).toString('latin1');
    expect(xml).not.toContain('<f>');
  });

  it('gives back any text that XML can hold, in cells and in names of sheets', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 5 }),
        async (texts) => {
          const { sheets } = await open([table(texts.map((text) => [text, 1, null, null, null]))]);
          // Line ends are one in XML, and what it has no characters for is left out.
          const kept = (text: string) => text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '');
          const plain = (text: unknown) => (typeof text === 'string' ? text.replace(/\r\n?/g, '\n') : (text ?? ''));
          expect(sheets[0]!.rows.slice(1).map(([text]) => plain(text))).toEqual(
            texts.map((text) => plain(kept(text.toWellFormed()))),
          );
        },
      ),
      { numRuns: 60 },
    );
    const { sheets } = await open([
      table([], { title: 'A/very*long[name]:of?a\\sheet that goes on' }),
      table([], { title: 'A very long name  of a sheet that' }),
    ]);
    expect(new Set(sheets.map(({ name }) => name)).size).toBe(2);
    for (const { name } of sheets) expect(name).toMatch(/^[^[\]:*?/\\]{1,31}$/);
  });

  it('goes on on a further sheet, under the same head, where one is full', async () => {
    const rows = Array.from({ length: 7 }, (_, at): Row => [`row ${at}`, at, null, null, null]);
    const { sheets } = await open([table(rows, {}, 2), table([['last', 1, null, null, null]], { title: 'Other' })], {
      mostRows: 4,
    });
    expect(sheets.map(({ name, rows }) => [name, ...rows.map(([first]) => first)])).toEqual([
      ['Things', 'Name', 'row 0', 'row 1', 'row 2'],
      ['Things (2)', 'Name', 'row 3', 'row 4', 'row 5'],
      ['Things (3)', 'Name', 'row 6'],
      ['Other', 'Name', 'last'],
    ]);
  });

  it('is the same for the same rows, ends with the error of its rows, and leaves them when nobody reads on', async () => {
    const rows: Row[] = [['a', 1, null, null, null]];
    expect(Buffer.from(await fileOf([table(rows)])).equals(Buffer.from(await fileOf([table(rows)])))).toBe(true);
    let left = false;
    async function* endless() {
      try {
        for (;;) yield rows;
      } finally {
        left = true;
      }
    }
    let chunks = 0;
    for await (const _ of writeWorkbook([table([], { rows: endless() })])) if (++chunks > 3) break;
    await new Promise(setImmediate);
    expect(left).toBe(true);
    async function* broken() {
      yield rows;
      throw new Error('the rows ended early');
    }
    await expect(fileOf([table([], { rows: broken() })])).rejects.toThrow('the rows ended early');
  });
});
