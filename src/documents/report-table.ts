/** A section's table as strips: a head that each page repeats, and rows. */
import { cellText } from './cell-text';
import { layTable, type Place } from './lay-table';
import { GUTTER, STYLES } from './sheet';
import { type Frame, type Strip } from './strip';
import { type Column, type Row, type Table } from './table';

/** Rows of one table that are printed: about forty pages of a document that nobody would leaf through further. */
const MOST_ROWS = 1_000;
const NARROWEST = 34;

export interface TableStrips {
  head: Strip[];
  rows: Strip[];
  /** Whether the table has more rows than are printed. */
  isCut: boolean;
}

/** Reads no more rows than are printed. */
export async function reportTableStrips(table: Table, frame: Frame): Promise<TableStrips> {
  const places = table.columns.map((column, place) => ({ column, place })).filter(({ column }) => !column.isWide);
  const columns = places.map(({ column }) => column);
  const { rows, isCut } = await firstRows(table);
  const texts = rows.map((row) => places.map(({ column, place }) => cellText(column.kind, row[place] ?? null)));
  const laid = await layTable(frame, {
    places: columnPlaces(columns, texts, frame),
    heads: columns.map(({ title }) => title),
    rows: texts.map((line) => line.map((text) => [{ text, style: STYLES.cell }])),
    gaps: { head: { above: 4, below: 5 }, row: { above: 4, below: 4 } },
  });
  return { ...laid, isCut };
}

async function firstRows({ rows }: Table): Promise<{ rows: Row[]; isCut: boolean }> {
  const taken: Row[] = [];
  for await (const batch of rows) {
    taken.push(...batch);
    if (taken.length > MOST_ROWS) return { rows: taken.slice(0, MOST_ROWS), isCut: true };
  }
  return { rows: taken, isCut: false };
}

/** Columns of figures take what they need, columns of text share the rest by what they would need. */
function columnPlaces(columns: readonly Column[], texts: readonly string[][], { x, width, measure }: Frame): Place[] {
  const [headWidth, cellWidth] = [measure(STYLES.small), measure(STYLES.cell)];
  const wanted = columns.map(({ title }, at) =>
    texts.reduce((most, line) => Math.max(most, cellWidth(line[at]!)), Math.max(NARROWEST, headWidth(title))),
  );
  const room = width - GUTTER * (columns.length - 1);
  const isText = columns.map(({ kind }) => kind === 'text');
  const sumOf = (texty: boolean) => wanted.reduce((sum, value, at) => (isText[at] === texty ? sum + value : sum), 0);
  const [forTexts, forFigures] = [sumOf(true), sumOf(false)];
  // Where there is no room for all, figures may be broken too, but texts give way first.
  const figures = forTexts === 0 ? room : Math.min(forFigures, room * 0.75);
  const taken = wanted.map((value, at) =>
    isText[at] ? (value / forTexts) * (room - figures) : (value / forFigures) * figures,
  );
  let left = x;
  return columns.map(({ kind }, at) => {
    const place: Place = {
      x: left,
      width: taken[at]!,
      align: kind === 'quantity' || kind === 'share' ? 'right' : 'left',
    };
    left += taken[at]! + GUTTER;
    return place;
  });
}
