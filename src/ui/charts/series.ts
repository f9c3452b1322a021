/** One thing that is drawn. `color` is a token: `var(--chart-ok)`. */
export interface Series {
  key: string;
  label: string;
  color: string;
}

/** Values at the start of an hour or a day (UTC), by series key. */
export interface SeriesPoint {
  at: string;
  values: Readonly<Record<string, number>>;
}

export type Interval = 'hour' | 'day';

export const sumOf = (point: SeriesPoint, series: readonly Series[]): number =>
  series.reduce((sum, { key }) => sum + (point.values[key] ?? 0), 0);
