import { STYLES } from './sheet';
import { type Cell, type Element, type Frame, part, rowStrips, type Strip } from './strip';

/** Where a column stands. */
export type Place = Pick<Cell, 'x' | 'width' | 'align'>;

interface Gaps {
  above?: number;
  below?: number;
}

interface TableTexts {
  places: readonly Place[];
  heads: readonly string[];
  /** Row by row, the texts of each cell one under the other. */
  rows: readonly Cell['texts'][][];
  gaps: { head: Gaps; row: Gaps };
}

/** How many rows are measured before others may use the processor again. */
const AT_ONCE = 100;

/** A table as strips, with a hairline below its head and each row: the head, which each page repeats, and what goes under it. */
export async function layTable(
  frame: Frame,
  { places, heads, rows, gaps }: TableTexts,
): Promise<{ head: Strip[]; rows: Strip[] }> {
  const table = part('Table');
  const rule = { from: frame.x, to: frame.x + frame.width };

  const headRow = part('TR', part('THead', table));
  const headCells = heads.map((text, at): Cell => {
    const element: Element = { type: 'TH', parent: headRow, scope: 'Column' };
    return { ...places[at]!, element, texts: [{ text, style: STYLES.small }] };
  });
  const head = rowStrips(frame, headCells, gaps.head);
  for (const strip of head) strip.keepWithNext = true;
  head.at(-1)!.rule = rule;

  const body = part('TBody', table);
  const strips: Strip[] = [];
  for (const [at, texts] of rows.entries()) {
    const row = part('TR', body);
    const cells = texts.map((ofCell, place): Cell => ({ ...places[place]!, element: part('TD', row), texts: ofCell }));
    const ofRow = rowStrips(frame, cells, gaps.row);
    for (const strip of ofRow) strip.inTable = true;
    ofRow.at(-1)!.rule = rule;
    strips.push(...ofRow);
    if (at % AT_ONCE === AT_ONCE - 1) await new Promise(setImmediate);
  }
  return { head, rows: strips };
}
