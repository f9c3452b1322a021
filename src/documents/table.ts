/** Tables as plain data, of any length: what workbooks and drawn reports are made from. */

/** Of what kind the values of a column are, which says how a workbook keeps and a drawing prints them. */
export type ColumnKind =
  | 'text'
  /** A number, or a text of digits where no number says it exactly. */
  | 'quantity'
  /** A part of 1. */
  | 'share'
  /** ISO 8601 in UTC. */
  | 'instant'
  /** YYYY-MM-DD. */
  | 'date';

export interface Column {
  /** Unique in its table. */
  key: string;
  title: string;
  kind: ColumnKind;
  /** Whether a drawing leaves it out, for which it would be too wide. */
  isWide?: boolean;
}

/** In the order of the columns; null is an empty cell. */
export type Row = readonly (string | number | null)[];

export interface Table {
  key: string;
  title: string;
  /** A sentence below the title. */
  note?: string;
  columns: readonly Column[];
  /** Some at a time, read once. */
  rows: AsyncIterable<Row[]>;
}
