/** The table of a statement: what is charged, line by line, under a head that each page repeats. */
import { layTable, type Place } from './lay-table';
import { GUTTER, STYLES } from './sheet';
import { type Statement } from './statement';
import { type Cell, type Frame, type Strip } from './strip';

const COLUMNS = ['description', 'quantity', 'unitPrice', 'amount'] as const;
type Column = (typeof COLUMNS)[number];

/** Columns of figures are as wide as what stands in them, within these bounds; what is wider is broken. */
const NARROWEST = 40;
const WIDEST = 120;

/** The head first, and then the lines. Nothing if there are no lines. */
export async function tableStrips(statement: Statement, frame: Frame): Promise<Strip[]> {
  const { columns: heads, lines } = statement;
  if (lines.length === 0) return [];
  const places = placesOf(statement, frame);
  const { head, rows } = await layTable(frame, {
    places: COLUMNS.map((name) => places[name]),
    heads: COLUMNS.map((name) => heads[name]),
    rows: lines.map((line) => COLUMNS.map((name) => textsOf(line, name))),
    gaps: { head: { below: 6 }, row: { above: 7, below: 7 } },
  });
  return [...head, ...rows];
}

function textsOf(line: Statement['lines'][number], name: Column): Cell['texts'] {
  const texts: Cell['texts'] = [{ text: line[name], style: STYLES.body }];
  if (name === 'description' && line.details) texts.push({ text: line.details, style: STYLES.small });
  return texts;
}

/** Columns of figures take what they need, the description the rest. */
function placesOf({ columns, lines }: Statement, { x, width, measure }: Frame): Record<Column, Place> {
  const [headWidth, bodyWidth] = [measure(STYLES.small), measure(STYLES.body)];
  let right = x + width;
  const figures = (name: Exclude<Column, 'description'>): Place => {
    const widest = lines.reduce((most, line) => Math.max(most, bodyWidth(line[name])), headWidth(columns[name]));
    const taken = Math.min(WIDEST, Math.max(NARROWEST, widest));
    right -= taken;
    const place: Place = { x: right, width: taken, align: 'right' };
    right -= GUTTER;
    return place;
  };
  const amount = figures('amount');
  const unitPrice = figures('unitPrice');
  const quantity = figures('quantity');
  return { description: { x, width: right - x, align: 'left' }, quantity, unitPrice, amount };
}
