/**
 * A report as one CSV file (RFC 4180): its first column names the section, the first line of a section its columns, and all lines
 * have as many fields. No cell is a formula to a spreadsheet.
 */
import { stringify } from 'csv-stringify/sync';
import { neutraliseCell } from '@/analytics';
import { type Column, type Row, type Table } from '@/documents';

/** Anything but the TEXTDATA of RFC 4180, and blanks at the ends, which some readers drop where there are no quotes. */
const QUOTED = /[^ !#-+\--~]|^ | $/u;
const DIGITS = /^-?\d+(?:\.\d+)?$/;

export async function* encodeCsv(tables: readonly Table[]): AsyncGenerator<string, void, undefined> {
  const width = 1 + Math.max(0, ...tables.map(({ columns }) => columns.length));
  for (const { key, columns, rows } of tables) {
    yield linesOf([columns.map((column) => column.key)], key, width);
    for await (const batch of rows)
      yield linesOf(
        batch.map((row) => cellsOf(columns, row)),
        key,
        width,
      );
  }
}

const linesOf = (rows: readonly (readonly (string | number | null)[])[], section: string, width: number): string =>
  stringify(
    rows.map((cells) => [section, ...cells, ...Array.from({ length: width - 1 - cells.length }, () => null)]),
    { record_delimiter: '\r\n', quoted_match: QUOTED },
  );

/** What we computed is a number and stays one; what somebody wrote is a text. */
const cellsOf = (columns: readonly Column[], row: Row): (string | number | null)[] =>
  columns.map(({ kind }, place) => {
    const value = row[place] ?? null;
    if (typeof value !== 'string' || (kind !== 'text' && DIGITS.test(value))) return value;
    return neutraliseCell(value);
  });
