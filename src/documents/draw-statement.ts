import { createPen, type Pen } from './pen';
import { checkStatement } from './check-statement';
import { drawPages, frameOf } from './draw-pages';
import { MARGIN, SHEETS, STAMP_ROOM, STYLES, TOP_FIRST } from './sheet';
import { closingStrips, openingStrips } from './statement-ends';
import { tableStrips } from './statement-table';
import { type Statement } from './statement';
import { type Frame } from './strip';
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
  const frame = frameOf(sheet, pen);

  const table = await tableStrips(statement, frame);
  const head = table.filter(({ inTable }) => !inTable);
  const closing = closingStrips(statement, frame);
  // So that no page begins with the totals alone.
  if (table.length > 0 && closing.length > 0) table.at(-1)!.keepWithNext = true;
  const { title, number, stamp, footer, pageLabel } = statement;
  await drawPages(pen, {
    frame,
    sheet,
    strips: [...openingStrips(statement, frame), ...table, ...closing],
    headOf: () => head,
    runningHead: { text: `${title} ${number}`, width: frame.width - STAMP_ROOM },
    footer,
    label: (page, pages) => pageLabel.replaceAll('{page}', `${page}`).replaceAll('{pages}', `${pages}`),
    onPage(at) {
      if (stamp) drawStamp(pen, stamp, frame, at === 0 ? TOP_FIRST + 4 : MARGIN - 4);
    },
  });
  return pen.finish();
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
