/**
 * An Excel workbook that is written while its rows are read. A sheet is as long as its table, so a workbook of a million rows takes
 * no more memory than one of a hundred.
 */
import {
  contentTypes,
  ROOT_RELATIONS,
  rowXml,
  SHEET_END,
  sheetBegin,
  STYLES_XML,
  workbookRelations,
  workbookXml,
} from './sheet-xml';
import { type Row, type Table } from './table';
import { zipStream } from './zip-stream';

/** Rows of a sheet, its head among them: Excel's own limit. */
const MOST_ROWS = 1_048_576;
/** Characters of a sheet's name that Excel takes, and signs that it does not. */
const LONGEST_NAME = 31;
const NOT_IN_NAMES = /[[\]:*?/\\']|\p{Cc}/gu;

/**
 * One sheet for each table, under a head that stays in view; what does not fit on one goes on on the next, under the same head.
 *
 * @throws AppError file_too_large beyond 4 GB, and whatever reading the rows throws
 */
export function writeWorkbook(
  tables: readonly Table[],
  { mostRows = MOST_ROWS }: { mostRows?: number } = {},
): AsyncGenerator<Buffer, void, undefined> {
  return zipStream(entriesOf(tables, mostRows));
}

async function* entriesOf(tables: readonly Table[], mostRows: number) {
  const names: string[] = [];
  for (const table of tables) {
    const reader = readAhead(table.rows);
    try {
      for (let part = 1; part === 1 || (await reader.hasMore()); part++) {
        names.push(freeName(table.title, part, names));
        yield { path: `xl/worksheets/sheet${names.length}.xml`, text: sheetText(table, reader, mostRows) };
      }
    } finally {
      await reader.close();
    }
  }
  const parts = {
    'xl/workbook.xml': workbookXml(names),
    'xl/_rels/workbook.xml.rels': workbookRelations(names.length),
    'xl/styles.xml': STYLES_XML,
    '_rels/.rels': ROOT_RELATIONS,
    '[Content_Types].xml': contentTypes(names.length),
  };
  for (const [path, text] of Object.entries(parts)) yield { path, text: [text] };
}

function freeName(title: string, part: number, taken: readonly string[]): string {
  const plain = title.replace(NOT_IN_NAMES, ' ').trim() || 'Sheet';
  for (let number = part; ; number++) {
    const end = number === 1 ? '' : ` (${number})`;
    const name = plain.slice(0, LONGEST_NAME - end.length) + end;
    if (!taken.some((other) => other.toLowerCase() === name.toLowerCase())) return name;
  }
}

interface RowReader {
  hasMore(): Promise<boolean>;
  /** At most so many; none at the end. */
  take(most: number): Promise<Row[]>;
  close(): Promise<void>;
}

function readAhead(rows: AsyncIterable<Row[]>): RowReader {
  const iterator = rows[Symbol.asyncIterator]();
  let batch: Row[] = [];
  let at = 0;
  let done = false;
  async function hasMore(): Promise<boolean> {
    while (at >= batch.length && !done) {
      const next = await iterator.next();
      done = next.done === true;
      batch = next.done ? [] : next.value;
      at = 0;
    }
    return at < batch.length;
  }
  return {
    hasMore,
    async take(most) {
      if (!(await hasMore())) return [];
      const taken = batch.slice(at, at + most);
      at += taken.length;
      return taken;
    },
    close: async () => void (await iterator.return?.()),
  };
}

async function* sheetText({ columns }: Table, reader: RowReader, mostRows: number): AsyncGenerator<string> {
  yield sheetBegin(columns);
  for (let row = 2; row <= mostRows;) {
    const taken = await reader.take(Math.min(500, mostRows - row + 1));
    if (taken.length === 0) break;
    yield taken.map((values) => rowXml(columns, values, row++)).join('');
  }
  yield SHEET_END;
}
