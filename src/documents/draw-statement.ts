import { paginate } from './paginate';
import { createPen, type Pen } from './pen';
import { checkStatement } from './check-statement';
import { FOOT, GUTTER, MARGIN, SHEETS, STAMP_ROOM, STYLES, TOP_FIRST, TOP_NEXT } from './sheet';
import { closingStrips, openingStrips } from './statement-ends';
import { tableStrips } from './statement-table';
import { type Statement } from './statement';
import { type Frame, type Strip } from './strip';
import { fitText } from './wrap-text';

/**
 * Draws a statement as a PDF: tagged, with its fonts in it, byte-identical for the same statement.
 *
 * @throws AppError `invalid_request` that names each field which is too long, or whose characters cannot be drawn right
 */
export async function drawStatement(input: Statement): Promise<Buffer> {
  const statement = checkStatement(input);
  const sheet = SHEETS[statement.paper];
  const pen = createPen({
    ...sheet,
    language: statement.language,
    title: `${statement.title} ${statement.number}`,
    author: statement.parties[0]?.lines[0] ?? '',
    createdAt: statement.createdAt,
  });
  const body = sheet.height - TOP_NEXT - FOOT;
  // Half a page, so that no row leaves more than that of a page empty.
  const frame: Frame = { x: MARGIN, width: sheet.width - 2 * MARGIN, highest: body / 2, measure: pen.measure };

  const table = await tableStrips(statement, frame);
  const head = table.filter(({ inTable }) => !inTable);
  const headHeight = head.reduce((sum, { height }) => sum + height, 0);
  const closing = closingStrips(statement, frame);
  // So that no page begins with the totals alone.
  if (table.length > 0 && closing.length > 0) table.at(-1)!.keepWithNext = true;
  const pages = paginate([...openingStrips(statement, frame), ...table, ...closing], (page, first) =>
    page === 0 ? body + TOP_NEXT - TOP_FIRST : body - (first.inTable ? headHeight : 0),
  );

  for (const [at, strips] of pages.entries()) {
    pen.startPage();
    if (at > 0) drawRunningHead(pen, statement, frame);
    if (statement.stamp) drawStamp(pen, statement.stamp, frame, at === 0 ? TOP_FIRST + 4 : MARGIN - 4);
    let y = at === 0 ? TOP_FIRST : TOP_NEXT;
    if (at > 0 && strips[0]?.inTable) y = drawHeadAgain(pen, head, y);
    for (const strip of strips) {
      pen.write(strip.pieces, y);
      y += strip.height;
      drawRule(pen, strip, y);
    }
    drawFoot(pen, statement, frame, sheet.height, { page: at + 1, pages: pages.length });
    // Others may use the processor between pages.
    await new Promise(setImmediate);
  }
  return pen.finish();
}

function drawRule(pen: Pen, { rule }: Strip, y: number): void {
  if (rule) pen.decorate((artifact) => artifact.rule(rule.from, rule.to, y));
}

function drawHeadAgain(pen: Pen, head: readonly Strip[], top: number): number {
  let y = top;
  for (const strip of head) {
    pen.decorate((artifact) => {
      for (const { text, style, x, y: down } of strip.pieces) artifact.text(text, style, x, y + down);
    });
    y += strip.height;
    drawRule(pen, strip, y);
  }
  return y;
}

function drawRunningHead(pen: Pen, { title, number }: Statement, { x, width, measure }: Frame): void {
  const text = fitText(`${title} ${number}`, width - STAMP_ROOM, measure(STYLES.small));
  pen.decorate((artifact) => artifact.text(text, STYLES.small, x, MARGIN));
}

function drawStamp(pen: Pen, { text, tone }: NonNullable<Statement['stamp']>, frame: Frame, top: number): void {
  const color = tone === 'neutral' ? 'soft' : tone;
  const padding = 9;
  const shown = fitText(text, STAMP_ROOM - 2 * padding, frame.measure(STYLES.stamp));
  const width = frame.measure(STYLES.stamp)(shown) + 2 * padding;
  const left = frame.x + frame.width - width;
  pen.decorate((artifact) => {
    artifact.frame(left, top, width, STYLES.stamp.leading + 8, color);
    artifact.text(shown, STYLES.stamp, left + padding, top + 4, color);
  });
}

interface PageOf {
  page: number;
  pages: number;
}

function drawFoot(
  pen: Pen,
  { footer, pageLabel }: Statement,
  frame: Frame,
  height: number,
  { page, pages }: PageOf,
): void {
  const { x, width } = frame;
  const measure = frame.measure(STYLES.small);
  const label = fitText(
    pageLabel.replaceAll('{page}', `${page}`).replaceAll('{pages}', `${pages}`),
    width / 3,
    measure,
  );
  const labelWidth = measure(label);
  const text = fitText(footer, width - labelWidth - GUTTER, measure);
  const top = height - FOOT + 26;
  pen.decorate((artifact) => {
    artifact.rule(x, x + width, top - 8);
    artifact.text(text, STYLES.small, x, top);
    artifact.text(label, STYLES.small, x + width - labelWidth, top);
  });
}
