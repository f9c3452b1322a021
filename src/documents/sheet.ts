/** Measures of the sheet in points (1/72 inch), and the styles that its texts have. */
import { type FontWeight } from './document-fonts';

export const SHEETS = { a4: { width: 595.28, height: 841.89 }, letter: { width: 612, height: 792 } } as const;

export const MARGIN = 48;
/** Where the first page and the others begin to be filled, and how much is left free at the foot. */
export const TOP_FIRST = 48;
export const TOP_NEXT = 84;
export const FOOT = 64;
/** Kept free beside the title. */
export const STAMP_ROOM = 150;
/** Between columns that stand side by side. */
export const GUTTER = 16;

export const COLORS = {
  ink: '#1a1f36',
  soft: '#5b6478',
  hair: '#e3e8ee',
  good: '#0b6e4f',
  bad: '#b3093c',
  accent: '#4f46e5',
  band: '#dcdffb',
} as const;

export interface TextStyle {
  weight: FontWeight;
  size: number;
  color: keyof typeof COLORS;
  /** From one line to the next. */
  leading: number;
}

const style = (size: number, leading: number, rest: Partial<TextStyle> = {}): TextStyle => ({
  weight: 'regular',
  color: 'ink',
  size,
  leading,
  ...rest,
});

export const STYLES = {
  title: style(22, 28, { weight: 'bold' }),
  headline: style(15, 21, { weight: 'bold' }),
  body: style(9, 13.5),
  strong: style(9, 13.5, { weight: 'bold' }),
  soft: style(9, 13.5, { color: 'soft' }),
  small: style(8, 11.5, { color: 'soft' }),
  stamp: style(8, 11.5, { weight: 'bold' }),
  cell: style(8, 11.5),
} as const;
