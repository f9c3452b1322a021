/** A drawn report as plain data: sections of a chart and a table each. Every text but the values of tables is final. */
import { type Table } from './table';

interface Series {
  name: string;
  /** In the order of the chart's labels; null where there is nothing. */
  values: readonly (number | null)[];
  color: 'accent' | 'soft' | 'bad';
  dashed?: boolean;
}

export interface Chart {
  title: string;
  /** What the drawing shows, for who does not see it. */
  alt: string;
  kind: 'bars' | 'lines';
  /** One for each place from left to right; as many are printed as there is room for. */
  labels: readonly string[];
  series: readonly Series[];
  /** Shaded between two lines. */
  band?: { name: string; low: readonly (number | null)[]; high: readonly (number | null)[] };
  /** Places that are marked by a dot on the axis, and what that means. */
  marks?: { name: string; places: readonly number[] };
}

export interface ReportSection extends Table {
  charts?: readonly Chart[];
}

export interface Report {
  paper: 'a4' | 'letter';
  /** BCP 47. */
  language: string;
  /** Stands in the file's metadata. */
  createdAt: Date;
  title: string;
  author: string;
  /** Pairs below the title. */
  facts: readonly { label: string; value: string }[];
  notes: readonly string[];
  sections: readonly ReportSection[];
  /** At the left of every page's foot. */
  footer: string;
}
