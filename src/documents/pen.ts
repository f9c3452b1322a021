/** The one file that knows PDFKit: texts at places, hairlines, frames, and the structure that readers aloud follow. */
import PDFDocument from 'pdfkit';
import { fontFile } from './document-fonts';
import { COLORS, type TextStyle } from './sheet';
import { type Element, type MeasureStyled, type Piece } from './strip';

interface PenOptions {
  width: number;
  height: number;
  language: string;
  title: string;
  author: string;
  createdAt: Date;
}

type Color = keyof typeof COLORS;

export interface Pen {
  measure: MeasureStyled;
  startPage(): void;
  /** Texts of the document itself, in the order in which they are read. */
  write(pieces: readonly Piece[], top: number): void;
  /** What is repeated on each page, which readers aloud leave out. */
  decorate(draw: (artifact: Artifact) => void): void;
  /** A drawing, and what it shows for who does not see it. */
  figure(alt: string, draw: (graphic: Graphic) => void): void;
  finish(): Promise<Buffer>;
}

type PutText = (text: string, style: TextStyle, x: number, top: number, color?: Color) => void;

interface Artifact {
  text: PutText;
  rule(from: number, to: number, y: number): void;
  frame(x: number, y: number, width: number, height: number, color: Color): void;
}

interface Point {
  x: number;
  y: number;
}

/** Vectors, in points from the upper left corner of the page; colors as `#rrggbb`. */
export interface Graphic {
  text: PutText;
  line(points: readonly Point[], color: string, options: { width: number; dash?: number }): void;
  area(points: readonly Point[], color: string): void;
  bar(x: number, y: number, width: number, height: number, color: string): void;
  dot(x: number, y: number, radius: number, color: string): void;
}

/** Part of a line's leading that is above the baseline. */
const ABOVE_BASELINE = 0.74;

/** A tagged PDF 1.7 of its own. Equal calls make equal bytes. */
export function createPen({ width, height, language, title, author, createdAt }: PenOptions): Pen {
  const pdf = new PDFDocument({
    size: [width, height],
    margin: 0,
    autoFirstPage: false,
    pdfVersion: '1.7',
    tagged: true,
    displayTitle: true,
    lang: language,
    info: { Title: title, Author: author, Creator: 'Tollgate', Producer: 'Tollgate', CreationDate: createdAt },
    // PDFKit's own default is Helvetica, which would be loaded and not used.
    font: null as unknown as string,
  });
  pdf.registerFont('regular', fontFile('regular'));
  pdf.registerFont('bold', fontFile('bold'));
  const chunks: Buffer[] = [];
  pdf.on('data', (chunk: Buffer) => chunks.push(chunk));

  const root = pdf.struct('Document');
  pdf.addStructure(root);
  const made = new Map<Element, PDFKit.PDFStructureElement>();
  function structureOf(element: Element): PDFKit.PDFStructureElement {
    let structure = made.get(element);
    if (!structure) {
      // The types of PDFKit 0.17 do not know `scope` yet.
      structure = pdf.struct(element.type, { scope: element.scope } as object);
      made.set(element, structure);
      (element.parent ? structureOf(element.parent) : root).add(structure);
    }
    return structure;
  }

  const put = (text: string, style: TextStyle, x: number, top: number, color: Color = style.color): void => {
    pdf.font(style.weight).fontSize(style.size).fillColor(COLORS[color]);
    pdf.text(text, x, top + style.leading * ABOVE_BASELINE, { lineBreak: false, baseline: 'alphabetic' });
  };
  const artifact: Artifact = {
    text: put,
    rule: (from, to, y) => void pdf.moveTo(from, y).lineTo(to, y).lineWidth(0.75).strokeColor(COLORS.hair).stroke(),
    frame: (x, y, w, h, color) => void pdf.roundedRect(x, y, w, h, 4).lineWidth(1).strokeColor(COLORS[color]).stroke(),
  };

  return {
    measure: (style) => (text) => pdf.font(style.weight).fontSize(style.size).widthOfString(text),
    startPage: () => void pdf.addPage(),
    write(pieces, top) {
      for (const { text, style, x, y, element } of pieces) {
        // A cell without a text is a cell all the same.
        const structure = structureOf(element);
        if (text !== '') structure.add(() => put(text, style, x, top + y));
      }
    },
    decorate(draw) {
      pdf.markContent('Artifact', { type: 'Pagination' });
      draw(artifact);
      pdf.endMarkedContent();
    },
    figure(alt, draw) {
      root.add(pdf.struct('Figure', { alt }, () => draw(graphicOn(pdf, put))));
    },
    finish: () =>
      new Promise((resolve, reject) => {
        pdf.on('end', () => resolve(Buffer.concat(chunks)));
        pdf.on('error', reject);
        pdf.end();
      }),
  };
}

function graphicOn(pdf: PDFKit.PDFDocument, text: PutText): Graphic {
  function trace([first, ...others]: readonly Point[]): void {
    if (!first) return;
    pdf.moveTo(first.x, first.y);
    for (const { x, y } of others) pdf.lineTo(x, y);
  }
  return {
    text,
    line(points, color, { width, dash }) {
      if (points.length === 0) return;
      pdf.save();
      trace(points);
      // A line of one point is a dot of its width.
      if (points.length === 1) pdf.lineTo(points[0]!.x + 0.01, points[0]!.y);
      if (dash !== undefined) pdf.dash(dash, { space: dash });
      pdf.lineWidth(width).lineCap('round').strokeColor(color).stroke();
      pdf.restore();
    },
    area(points, color) {
      if (points.length === 0) return;
      trace(points);
      pdf.closePath().fillColor(color).fill();
    },
    bar: (x, y, width, height, color) => void pdf.rect(x, y, width, height).fillColor(color).fill(),
    dot: (x, y, radius, color) => void pdf.circle(x, y, radius).fillColor(color).fill(),
  };
}
