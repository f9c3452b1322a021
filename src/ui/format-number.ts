const LOCALE = 'en';
const exact = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 6 });
const everyDigit = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 12 });
const compact = new Intl.NumberFormat(LOCALE, { notation: 'compact', maximumSignificantDigits: 3 });
const three = new Intl.NumberFormat(LOCALE, { maximumSignificantDigits: 3 });

/** Every digit: `1,234,567`; also of what no number holds, which is given as its digits. */
export const formatExact = (value: number | string): string =>
  typeof value === 'number' ? exact.format(value) : everyDigit.format(value as Intl.StringNumericLiteral);

/** At most about six characters: whole up to 9,999, then three digits: `12.3K`, `1.14M`. Show the exact value beside it or in a title. */
export const formatCompact = (quantity: number | string): string => {
  const value = Number(quantity);
  return Math.abs(value) < 10_000 ? exact.format(Math.round(value * 100) / 100) : compact.format(value);
};

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** Bytes in decimal units (1 kB = 1,000 B), three digits. */
export function formatBytes(bytes: number | string): string {
  let value = Number(bytes);
  let unit = 0;
  // 999.5 would be rounded to 1,000 of its unit.
  while (value >= 999.5 && unit < BYTE_UNITS.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${three.format(value)} ${BYTE_UNITS[unit]}`;
}

/** A duration given in milliseconds, three digits: `0.84 ms`, `42 ms`, `1.24 s`. A dash where nothing was measured. */
export function formatMs(ms: number | null): string {
  if (ms === null) return '–';
  if (ms >= 59_950) return `${three.format(ms / 60_000)} min`;
  return ms >= 999.5 ? `${three.format(ms / 1_000)} s` : `${three.format(ms)} ms`;
}

/** A share of one as a percentage: `0%`, `0.04%`, `12.3%`; what is more than nothing never reads as 0%. */
export function formatPercent(share: number): string {
  const percent = share * 100;
  if (percent > 0 && percent < 0.01) return '<0.01%';
  return `${percent.toFixed(percent === 0 || percent >= 99.95 ? 0 : percent < 0.995 ? 2 : 1)}%`;
}

/** A relative change with its sign: `+12.4%`, `−3.0%`; from a thousand per cent on as a factor: `×14`. */
export function formatChange(change: number): string {
  if (change >= 10) return `×${three.format(change + 1)}`;
  const percent = Math.abs(change * 100);
  const sign = change > 0 ? '+' : change < 0 ? '−' : '';
  return `${sign}${percent.toFixed(1)}%`;
}
