import { CHART_HEIGHT, drawChart } from './draw-chart';
import { drawPages, frameOf } from './draw-pages';
import { transliterate } from './drawable-text';
import { createPen } from './pen';
import { type Chart, type Report, type ReportSection } from './report';
import { reportTableStrips } from './report-table';
import { SHEETS, STYLES, type TextStyle } from './sheet';
import { type Frame, part, rowStrips, type Strip } from './strip';

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
  const frame = frameOf(sheet, pen);
  const strips: ReportStrip[] = openingStrips(report, frame);
  for (const section of report.sections) strips.push(...(await sectionStrips(section, frame)));
  await drawPages(pen, {
    frame,
    sheet,
    strips,
    headOf: ({ head = [] }) => head,
    runningHead: { text: transliterate(report.title), width: frame.width },
    footer: transliterate(report.footer),
    label: (page, pages) => `Page ${page} of ${pages}`,
    onStrip({ chart }, top) {
      if (!chart) return;
      const place = { x: frame.x, top, width: frame.width, measure: pen.measure(STYLES.small) };
      pen.figure(transliterate(chart.alt), (graphic) => drawChart(graphic, chart, place));
    },
  });
  return pen.finish();
}

function openingStrips({ title, facts, notes }: Report, frame: Frame): ReportStrip[] {
  const { x, width } = frame;
  const strips: ReportStrip[] = say(frame, title, STYLES.title, 'H1', { below: 10 });
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
  for (const note of notes) strips.push(...say(frame, note, STYLES.soft, 'P', { above: 8 }));
  return strips;
}

/** A text over the whole width. */
function say(
  frame: Frame,
  text: string,
  style: TextStyle,
  type: 'H1' | 'H2' | 'P',
  gaps?: { above?: number; below?: number },
): ReportStrip[] {
  const { x, width } = frame;
  const texts = [{ text: transliterate(text), style }];
  return rowStrips(frame, [{ x, width, align: 'left', element: part(type), texts }], gaps);
}

async function sectionStrips(section: ReportSection, frame: Frame): Promise<ReportStrip[]> {
  const { head, rows, isCut } = await reportTableStrips(section, frame);
  const strips: ReportStrip[] = say(frame, section.title, STYLES.headline, 'H2', { above: 22, below: 4 });
  if (section.note) strips.push(...say(frame, section.note, STYLES.soft, 'P', { below: 4 }));
  for (const chart of section.charts ?? []) strips.push({ height: CHART_HEIGHT + 12, pieces: [], chart });
  strips[0]!.keepWithNext = true;
  if (section.note) strips[1]!.keepWithNext = true;
  if (rows.length === 0) {
    if (!section.charts?.length) strips.push(...say(frame, 'Nothing in this period.', STYLES.soft, 'P'));
    return strips;
  }
  const ofTable: ReportStrip[] = [...head, ...rows];
  for (const strip of ofTable) strip.head = head;
  strips.push(...ofTable);
  if (isCut) {
    strips.push(
      ...say(
        frame,
        'Only the first rows are printed. The other formats of this report have all of them.',
        STYLES.soft,
        'P',
        {
          above: 6,
        },
      ),
    );
  }
  return strips;
}
