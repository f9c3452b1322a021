/** What a report says, before it has a form: sections that all formats are made from. */
import { type UsageQueries } from '@/analytics';
import { type Clock } from '@/kernel/clock';
import { type ReportSection } from '@/documents';
import { type Metric, type MetricCatalogue } from '@/plans';
import { type UsageAnomalies } from '../../anomaly/usage-anomalies';
import { type UsageForecasts } from '../../forecast/usage-forecasts';
import { type ReportFilters, type ReportType } from '../report-contracts';

/** What was asked for, with all that was left open decided. */
export interface ReportOrder {
  organizationId: string;
  type: ReportType;
  from: Date;
  to: Date;
  /** Null for all of the catalogue. */
  metrics: readonly string[] | null;
  filters: ReportFilters;
  mode: 'live' | 'test';
  compare: boolean;
}

export interface ReportSources {
  usageQueries: Pick<UsageQueries, 'history' | 'byEndpoint' | 'stats' | 'exportEvents'>;
  usageForecasts: Pick<UsageForecasts, 'of'>;
  usageAnomalies: UsageAnomalies;
  catalogue: Pick<MetricCatalogue, 'all'>;
  clock: Clock;
}

/** A section of which `rows` says about how many there will be; 0 where nobody knows. */
export interface ContentSection extends ReportSection {
  expectedRows: number;
}

export interface ReportContent {
  title: string;
  metrics: readonly Metric[];
  sections: readonly ContentSection[];
}

/** Rows that are there already, as a table reads them. */
export async function* rowsOf<R>(rows: readonly R[]): AsyncGenerator<R[], void, undefined> {
  if (rows.length > 0) yield [...rows];
}

export const rangeOf = ({ from, to, mode, filters }: ReportOrder) => ({
  from: from.toISOString(),
  to: to.toISOString(),
  mode,
  ...(filters.api_key_id !== undefined && { api_key_id: filters.api_key_id }),
  ...(filters.route !== undefined && { route: filters.route }),
});

/** The order for the period of equal length before. */
export const orderBefore = (order: ReportOrder): ReportOrder => ({
  ...order,
  from: new Date(2 * order.from.getTime() - order.to.getTime()),
  to: order.from,
});
