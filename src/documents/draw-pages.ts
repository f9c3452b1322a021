import { paginate } from './paginate';
import { type Pen } from './pen';
import { FOOT, GUTTER, MARGIN, STYLES, TOP_FIRST, TOP_NEXT } from './sheet';
import { type Frame, type Strip } from './strip';
import { fitText } from './wrap-text';

/** Where strips go on a sheet, in points. A row is divided above half a page, so that none leaves more than that of a page empty. */
export const frameOf = (sheet: { width: number; height: number }, pen: Pen): Frame => ({
  x: MARGIN,
  width: sheet.width - 2 * MARGIN,
  highest: roomOn(sheet) / 2,
  measure: pen.measure,
});

const roomOn = ({ height }: { height: number }): number => height - TOP_NEXT - FOOT;

interface Pages<T extends Strip> {
  frame: Frame;
  sheet: { width: number; height: number };
  strips: readonly T[];
  /** The head of the table that a strip belongs to. */
  headOf: (strip: T) => readonly Strip[];
  /** What every page but the first says at its top. */
  runningHead: { text: string; width: number };
  footer: string;
  /** @param page from 1 */
  label: (page: number, pages: number) => string;
  /** What else is drawn on a page, before its strips. */
  onPage?: (at: number) => void;
  /** What else is drawn on a strip, before its texts. */
  onStrip?: (strip: T, top: number) => void;
}

/** Draws strips on as many pages as they take; a table that goes on on another page repeats its head there. */
export async function drawPages<T extends Strip>(pen: Pen, pages: Pages<T>): Promise<void> {
  const { frame, sheet, strips, headOf, runningHead, footer, label, onPage, onStrip } = pages;
  const room = roomOn(sheet);
  const dealt = paginate(strips, (page, first) =>
    page === 0 ? room + TOP_NEXT - TOP_FIRST : room - (first.inTable ? heightOf(headOf(first)) : 0),
  );
  for (const [at, ofPage] of dealt.entries()) {
    pen.startPage();
    if (at > 0) drawRunningHead(pen, runningHead, frame);
    onPage?.(at);
    let y = at === 0 ? TOP_FIRST : TOP_NEXT;
    const [first] = ofPage;
    if (at > 0 && first?.inTable) y = drawHeadAgain(pen, headOf(first), y);
    for (const strip of ofPage) {
      onStrip?.(strip, y);
      pen.write(strip.pieces, y);
      y += strip.height;
      drawRule(pen, strip, y);
    }
    drawFoot(pen, footer, label(at + 1, dealt.length), frame, sheet.height);
    // Others may use the processor between pages.
    await new Promise(setImmediate);
  }
}

const heightOf = (strips: readonly Strip[]): number => strips.reduce((sum, { height }) => sum + height, 0);

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

function drawRunningHead(pen: Pen, { text, width }: { text: string; width: number }, { x, measure }: Frame): void {
  const shown = fitText(text, width, measure(STYLES.small));
  pen.decorate((artifact) => artifact.text(shown, STYLES.small, x, MARGIN));
}

function drawFoot(pen: Pen, footer: string, given: string, { x, width, measure }: Frame, height: number): void {
  const measureSmall = measure(STYLES.small);
  const label = fitText(given, width / 3, measureSmall);
  const labelWidth = measureSmall(label);
  const text = fitText(footer, width - labelWidth - GUTTER, measureSmall);
  const top = height - FOOT + 26;
  pen.decorate((artifact) => {
    artifact.rule(x, x + width, top - 8);
    artifact.text(text, STYLES.small, x, top);
    artifact.text(label, STYLES.small, x + width - labelWidth, top);
  });
}
