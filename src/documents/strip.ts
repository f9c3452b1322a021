/** What a page is made of: strips over its whole width, one under the other, with texts in them that are parts of elements. */
import { type TextStyle } from './sheet';
import { type MeasureText, wrapText } from './wrap-text';

/** A part of the document as readers of its structure know it; made when its first text is drawn. */
export interface Element {
  type: 'H1' | 'H2' | 'P' | 'Table' | 'THead' | 'TBody' | 'TR' | 'TH' | 'TD';
  /** Null for parts of the document itself. */
  parent: Element | null;
  scope?: 'Row' | 'Column';
}

export interface Piece {
  text: string;
  style: TextStyle;
  x: number;
  /** From the strip's upper edge to the upper edge of the line. */
  y: number;
  element: Element;
}

export interface Strip {
  height: number;
  pieces: Piece[];
  keepWithNext?: boolean;
  /** Belongs to the table whose head is repeated on each page. */
  inTable?: boolean;
  /** A hairline at its lower edge, from one x to another. */
  rule?: { from: number; to: number };
}

/** Texts one under the other in a column. */
export interface Cell {
  x: number;
  width: number;
  align: 'left' | 'right';
  element: Element;
  texts: { text: string; style: TextStyle }[];
}

export const part = (type: Element['type'], parent: Element | null = null): Element => ({ type, parent });

export type MeasureStyled = (style: TextStyle) => MeasureText;

/** Where strips go and how their texts are measured. */
export interface Frame {
  x: number;
  width: number;
  /** Points above which a row is divided into its lines, so that it can go on with the next page. */
  highest: number;
  measure: MeasureStyled;
}

/** Cells side by side as one strip, or, if that were too high, as one strip for each line. */
export function rowStrips(frame: Frame, cells: readonly Cell[], { above = 0, below = 0 } = {}): Strip[] {
  const columns = cells.map((cell) => linesOf(cell, frame.measure));
  const height = above + Math.max(...columns.map(heightOf)) + below;
  if (height <= frame.highest) {
    return [{ height, pieces: columns.flatMap((lines) => stack(lines, above)) }];
  }
  const count = Math.max(...columns.map((lines) => lines.length));
  return Array.from({ length: count }, (_, at) => {
    const lines = columns.flatMap((column) => column[at] ?? []);
    const [before, after] = [at === 0 ? above : 0, at === count - 1 ? below : 0];
    const tallest = Math.max(...lines.map(({ style }) => style.leading));
    return { height: before + tallest + after, pieces: lines.map((line) => ({ ...line, y: before })) };
  });
}

type Line = Omit<Piece, 'y'>;

const heightOf = (lines: Line[]): number => lines.reduce((sum, { style }) => sum + style.leading, 0);

function stack(lines: Line[], from: number): Piece[] {
  let y = from;
  return lines.map((line) => {
    const piece = { ...line, y };
    y += line.style.leading;
    return piece;
  });
}

function linesOf({ x, width, align, element, texts }: Cell, measure: MeasureStyled): Line[] {
  return texts.flatMap(({ text, style }) => {
    const widthOf = measure(style);
    return wrapText(text, width, widthOf).map((line) => ({
      text: line,
      style,
      x: align === 'left' ? x : x + width - widthOf(line.trimEnd()),
      element,
    }));
  });
}
