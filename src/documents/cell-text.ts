/** How a value of a table is printed, in English. */
import { transliterate } from './drawable-text';
import { type ColumnKind } from './table';

const SHARE = new Intl.NumberFormat('en-US', { style: 'percent', maximumFractionDigits: 1 });
const NUMBER = new Intl.NumberFormat('en-US', { maximumFractionDigits: 12 });
/** Characters of a cell that are printed. */
const LONGEST = 240;

export function cellText(kind: ColumnKind, value: string | number | null): string {
  if (value === null) return '–';
  if (kind === 'share' && typeof value === 'number') return SHARE.format(value);
  // Texts of digits are exact, and Intl keeps all digits of a text.
  if (kind === 'quantity') return NUMBER.format(value as number);
  if (kind === 'instant') return `${String(value).slice(0, 10)} ${String(value).slice(11, 19)}`;
  const text = transliterate(String(value)) || '–';
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
