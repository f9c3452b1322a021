/** The table of a statement: what is charged, line by line, under a head that each page repeats. */
import { GUTTER, STYLES } from './sheet';
import { type Statement } from './statement';
import { type Cell, type Element, type Frame, part, rowStrips, type Strip } from './strip';

const COLUMNS = ['description', 'quantity', 'unitPrice', 'amount'] as const;
type Column = (typeof COLUMNS)[number];

/** Columns of figures are as wide as what stands in them, within these bounds; what is wider is broken. */
const NARROWEST = 40;
const WIDEST = 120;

/** How many lines are measured before others may use the processor again. */
const AT_ONCE = 100;

/** The head first, and then the lines. Nothing if there are no lines. */
export async function tableStrips(statement: Statement, frame: Frame): Promise<Strip[]> {
  const { columns: heads, lines } = statement;
  if (lines.length === 0) return [];
  const places = placesOf(statement, frame);
  const table = part('Table');
  const rule = { from: frame.x, to: frame.x + frame.width };

  const headRow = part('TR', part('THead', table));
  const headCells = COLUMNS.map((name): Cell => {
    const element: Element = { type: 'TH', parent: headRow, scope: 'Column' };
    return { ...places[name], element, texts: [{ text: heads[name], style: STYLES.small }] };
  });
  const strips = rowStrips(frame, headCells, { below: 6 });
  for (const strip of strips) strip.keepWithNext = true;
  strips.at(-1)!.rule = rule;

  const body = part('TBody', table);
  for (const [at, line] of lines.entries()) {
    const row = part('TR', body);
    const cells = COLUMNS.map((name): Cell => ({
      ...places[name],
      element: part('TD', row),
      texts: textsOf(line, name),
    }));
    const ofLine = rowStrips(frame, cells, { above: 7, below: 7 });
    for (const strip of ofLine) strip.inTable = true;
    ofLine.at(-1)!.rule = rule;
    strips.push(...ofLine);
    if (at % AT_ONCE === AT_ONCE - 1) await new Promise(setImmediate);
  }
  return strips;
}

function textsOf(line: Statement['lines'][number], name: Column): Cell['texts'] {
  const texts: Cell['texts'] = [{ text: line[name], style: STYLES.body }];
  if (name === 'description' && line.details) texts.push({ text: line.details, style: STYLES.small });
  return texts;
}

type Place = Pick<Cell, 'x' | 'width' | 'align'>;

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
