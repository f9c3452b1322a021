import { CHART_HEIGHT, drawChart } from './draw-chart';
import { transliterate } from './drawable-text';
import { paginate } from './paginate';
import { createPen, type Pen } from './pen';
import { type Chart, type Report, type ReportSection } from './report';
import { reportTableStrips } from './report-table';
import { FOOT, GUTTER, MARGIN, SHEETS, STYLES, TOP_FIRST, TOP_NEXT } from './sheet';
import { type Cell, type Frame, part, rowStrips, type Strip } from './strip';
import { fitText } from './wrap-text';

/** A strip, with the head that is repeated where a page begins with it, and what is drawn on it beside texts. */
interface ReportStrip extends Strip {
  head?: Strip[];
  chart?: Chart;
}

/**
 * Draws a report as a PDF: tagged, with its fonts in it; charts are vectors, and a table that goes on on another page repeats its head
 * there. Of a table a thousand rows are drawn at most, and it says so. What the fonts cannot draw is spelled in Latin letters.
 */
export async function drawReport(report: Report): Promise<Buffer> {
  const sheet = SHEETS[report.paper];
  const pen = createPen({
    ...sheet,
    language: report.language,
    title: transliterate(report.title),
    author: transliterate(report.author),
    createdAt: report.createdAt,
  });
  const body = sheet.height - TOP_NEXT - FOOT;
  const frame: Frame = { x: MARGIN, width: sheet.width - 2 * MARGIN, highest: body / 2, measure: pen.measure };
  const strips: ReportStrip[] = openingStrips(report, frame);
  for (const section of report.sections) strips.push(...(await sectionStrips(section, frame)));
  const heightOf = (head: readonly Strip[] = []) => head.reduce((sum, { height }) => sum + height, 0);
  const pages = paginate(strips, (page, first) =>
    page === 0 ? body + TOP_NEXT - TOP_FIRST : body - (first.inTable ? heightOf(first.head) : 0),
  );

  for (const [at, ofPage] of pages.entries()) {
    pen.startPage();
    if (at > 0) drawRunningHead(pen, report, frame);
    let y = at === 0 ? TOP_FIRST : TOP_NEXT;
    const [first] = ofPage;
    if (at > 0 && first?.inTable) y = repeatHead(pen, first.head ?? [], y);
    for (const strip of ofPage) {
      const top = y;
      if (strip.chart) {
        const { chart } = strip;
        const place = { x: frame.x, top, width: frame.width, measure: pen.measure(STYLES.small) };
        pen.figure(transliterate(chart.alt), (graphic) => drawChart(graphic, chart, place));
      }
      pen.write(strip.pieces, top);
      y += strip.height;
      drawRule(pen, strip, y);
    }
    drawFoot(pen, report, frame, sheet.height, `Page ${at + 1} of ${pages.length}`);
    await new Promise(setImmediate);
  }
  return pen.finish();
}

function openingStrips({ title, facts, notes }: Report, frame: Frame): ReportStrip[] {
  const { x, width } = frame;
  const full = (text: string, style: (typeof STYLES)[keyof typeof STYLES], type: 'H1' | 'P'): Cell => ({
    x,
    width,
    align: 'left',
    element: part(type),
    texts: [{ text: transliterate(text), style }],
  });
  const strips: ReportStrip[] = rowStrips(frame, [full(title, STYLES.title, 'H1')], { below: 10 });
  for (const { label, value } of facts) {
    const element = part('P');
    strips.push(
      ...rowStrips(frame, [
        { x, width: 110, align: 'left', element, texts: [{ text: label, style: STYLES.soft }] },
        {
          x: x + 118,
          width: width - 118,
          align: 'left',
          element,
          texts: [{ text: transliterate(value), style: STYLES.body }],
        },
      ]),
    );
  }
  for (const note of notes) strips.push(...rowStrips(frame, [full(note, STYLES.soft, 'P')], { above: 8 }));
  return strips;
}

async function sectionStrips(section: ReportSection, frame: Frame): Promise<ReportStrip[]> {
  const { x, width } = frame;
  const say = (
    text: string,
    style: (typeof STYLES)[keyof typeof STYLES],
    type: 'H2' | 'P',
    gaps: object,
  ): ReportStrip[] =>
    rowStrips(
      frame,
      [{ x, width, align: 'left', element: part(type), texts: [{ text: transliterate(text), style }] }],
      gaps,
    );
  const { head, rows, isCut } = await reportTableStrips(section, frame);
  const strips: ReportStrip[] = say(section.title, STYLES.headline, 'H2', { above: 22, below: 4 });
  if (section.note) strips.push(...say(section.note, STYLES.soft, 'P', { below: 4 }));
  for (const chart of section.charts ?? []) strips.push({ height: CHART_HEIGHT + 12, pieces: [], chart });
  strips[0]!.keepWithNext = true;
  if (section.note) strips[1]!.keepWithNext = true;
  if (rows.length === 0) {
    if (!section.charts?.length) strips.push(...say('Nothing in this period.', STYLES.soft, 'P', {}));
    return strips;
  }
  const ofTable: ReportStrip[] = [...head, ...rows];
  for (const strip of ofTable) strip.head = head;
  strips.push(...ofTable);
  if (isCut) {
    strips.push(
      ...say('Only the first rows are printed. The other formats of this report have all of them.', STYLES.soft, 'P', {
        above: 6,
      }),
    );
  }
  return strips;
}

function drawRule(pen: Pen, { rule }: Strip, y: number): void {
  if (rule) pen.decorate((artifact) => artifact.rule(rule.from, rule.to, y));
}

function repeatHead(pen: Pen, head: readonly Strip[], top: number): number {
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

function drawRunningHead(pen: Pen, { title }: Report, { x, width, measure }: Frame): void {
  const text = fitText(transliterate(title), width, measure(STYLES.small));
  pen.decorate((artifact) => artifact.text(text, STYLES.small, x, MARGIN));
}

function drawFoot(pen: Pen, { footer }: Report, { x, width, measure }: Frame, height: number, label: string): void {
  const measureSmall = measure(STYLES.small);
  const labelWidth = measureSmall(label);
  const text = fitText(transliterate(footer), width - labelWidth - GUTTER, measureSmall);
  const top = height - FOOT + 26;
  pen.decorate((artifact) => {
    artifact.rule(x, x + width, top - 8);
    artifact.text(text, STYLES.small, x, top);
    artifact.text(label, STYLES.small, x + width - labelWidth, top);
  });
}
