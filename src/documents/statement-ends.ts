/** What stands before a statement's table and after it. */
import { GUTTER, STAMP_ROOM, STYLES } from './sheet';
import { type Statement } from './statement';
import { type Cell, type Element, type Frame, part, rowStrips, type Strip } from './strip';

const LONGEST_LABEL = 140;
const LONGEST_VALUE = 150;
/** Notes are read as prose, so their lines are shorter than the sheet is wide. */
const NOTE_WIDTH = 420;

/** Title, facts, parties and headline. */
export function openingStrips(statement: Statement, frame: Frame): Strip[] {
  const { title, facts, parties, headline } = statement;
  const { x, width, measure } = frame;
  const strips = rowStrips(
    frame,
    [leftCell({ x, width: width - STAMP_ROOM }, [{ text: title, style: STYLES.title }], part('H1'))],
    { below: 12 },
  );
  const labelWidth = Math.min(
    LONGEST_LABEL,
    widestOf(
      facts.map(({ label }) => label),
      measure(STYLES.strong),
    ),
  );
  const valueX = x + labelWidth + GUTTER;
  for (const { label, value } of facts) {
    const element = part('P');
    const cells = [
      leftCell({ x, width: labelWidth }, [{ text: label, style: STYLES.strong }], element),
      leftCell({ x: valueX, width: x + width - STAMP_ROOM - valueX }, [{ text: value, style: STYLES.body }], element),
    ];
    strips.push(...rowStrips(frame, cells, { below: 1.5 }));
  }
  const third = (width - GUTTER * 2) / 3;
  const blocks = parties.map(({ heading, lines }, at) => {
    const [name = '', ...rest] = lines;
    const texts = [{ text: name, style: STYLES.strong }, ...rest.map((text) => ({ text, style: STYLES.body }))];
    if (heading) texts.unshift({ text: heading, style: STYLES.soft });
    return leftCell({ x: x + at * (third + GUTTER), width: third }, texts, part('P'));
  });
  strips.push(...rowStrips(frame, blocks, { above: 24 }));
  if (headline) {
    const cell = leftCell({ x, width }, [{ text: headline, style: STYLES.headline }], part('H2'));
    strips.push(...rowStrips(frame, [cell], { above: 30 }));
  }
  strips.push({ height: 30, pieces: [], keepWithNext: true });
  return strips;
}

/** Totals and notes. The totals stay together where a page has room for them. */
export function closingStrips({ totals, notes }: Statement, frame: Frame): Strip[] {
  const right = frame.x + frame.width;
  const left = frame.x + frame.width / 2;
  const values = totals.map(({ value }) => value);
  const valueWidth = Math.min(LONGEST_VALUE, widestOf(values, frame.measure(STYLES.strong)));
  const table = part('Table');
  const ofTotals = totals.flatMap(({ label, value, strong }, at) => {
    const style = strong ? STYLES.strong : STYLES.body;
    const row = part('TR', table);
    const head: Element = { type: 'TH', parent: row, scope: 'Row' };
    const cells: Cell[] = [
      leftCell({ x: left, width: right - left - valueWidth - GUTTER }, [{ text: label, style }], head),
      {
        x: right - valueWidth,
        width: valueWidth,
        align: 'right',
        element: part('TD', row),
        texts: [{ text: value, style }],
      },
    ];
    const strips = rowStrips(frame, cells, { above: at === 0 ? 12 : 5, below: 5 });
    if (at < totals.length - 1) {
      strips.at(-1)!.rule = { from: left, to: right };
      for (const strip of strips) strip.keepWithNext = true;
    }
    return strips;
  });
  const ofNotes = notes.flatMap((text, at) => {
    const width = Math.min(frame.width, NOTE_WIDTH);
    const cell = leftCell({ x: frame.x, width }, [{ text, style: STYLES.small }], part('P'));
    return rowStrips(frame, [cell], { above: at === 0 ? 32 : 7 });
  });
  return [...ofTotals, ...ofNotes];
}

const leftCell = (place: Pick<Cell, 'x' | 'width'>, texts: Cell['texts'], element: Element): Cell => ({
  ...place,
  align: 'left',
  texts,
  element,
});

const widestOf = (texts: readonly string[], widthOf: (text: string) => number): number =>
  Math.ceil(Math.max(0, ...texts.map(widthOf)));
