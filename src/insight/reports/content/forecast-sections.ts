/** What is to come of each metric, and what the billing period comes to. */
import { type Chart } from '@/documents';
import { AppError } from '@/kernel/errors';
import { type UsageForecast } from '../../contracts';
import { type ContentSection, type ReportOrder, type ReportSources, rowsOf } from './report-content';
import { type MetricDays } from './usage-figures';

const HORIZON_DAYS = 30;
/** Days gone by that are drawn before those to come, at most. */
const DRAWN_DAYS = 60;
const MOST_CHARTS = 4;

/** @param onProgress told after each metric, with the share of them that is done */
export async function forecastSections(
  { usageForecasts }: ReportSources,
  order: ReportOrder,
  days: readonly MetricDays[],
  onProgress: (share: number) => Promise<void>,
): Promise<ContentSection[]> {
  const forecasts: { of: MetricDays; forecast: UsageForecast }[] = [];
  for (const [at, of] of days.entries()) {
    const query = { metric: of.metric.key, model: 'auto', mode: order.mode, horizon_days: HORIZON_DAYS } as const;
    forecasts.push({ of, forecast: await usageForecasts.of(order.organizationId, query) });
    await onProgress((at + 1) / days.length);
  }
  const outlook = forecasts.map(({ of: { metric }, forecast: { status, history, period, accuracy } }) => [
    metric.key,
    metric.name,
    status === 'ok' ? 'ok' : 'too little history',
    history.days,
    period?.used ?? null,
    period?.quota ?? null,
    period?.total.mean ?? null,
    period?.total.lo ?? null,
    period?.total.hi ?? null,
    period?.probability ?? null,
    period?.exceeds_on ?? null,
    period?.overage.mean ?? null,
    period?.overage.cost ? `${period.overage.cost.mean} ${period.overage.cost.currency}` : null,
    accuracy?.mase ?? null,
    accuracy?.inside ?? null,
  ]);
  const coming = forecasts.flatMap(({ of: { metric }, forecast }) =>
    forecast.days.map(({ date, mean, lo, hi }) => [metric.key, metric.name, date, mean, lo, hi]),
  );
  return [
    {
      key: 'outlook',
      title: 'Outlook',
      note: 'Of the present billing period, by a model that is chosen by how it did in the past of each metric. 95 of 100 such totals lie between low and high.',
      columns: [
        { key: 'metric', title: 'Metric', kind: 'text', isWide: true },
        { key: 'name', title: 'Metric', kind: 'text' },
        { key: 'status', title: 'Status', kind: 'text', isWide: true },
        { key: 'history_days', title: 'Days known', kind: 'quantity', isWide: true },
        { key: 'used', title: 'Used', kind: 'quantity' },
        { key: 'quota', title: 'Quota', kind: 'quantity' },
        { key: 'total', title: 'Expected', kind: 'quantity' },
        { key: 'total_low', title: 'Low', kind: 'quantity' },
        { key: 'total_high', title: 'High', kind: 'quantity' },
        { key: 'probability', title: 'Chance to exceed', kind: 'share' },
        { key: 'exceeds_on', title: 'Exceeded on', kind: 'date' },
        { key: 'overage', title: 'Overage', kind: 'quantity', isWide: true },
        { key: 'overage_cost', title: 'Cost of overage', kind: 'text', isWide: true },
        { key: 'mase', title: 'Error against last week (MASE)', kind: 'quantity', isWide: true },
        { key: 'inside', title: 'Inside the interval', kind: 'share', isWide: true },
      ],
      charts: forecasts.slice(0, MOST_CHARTS).flatMap((entry) => forecastChart(entry) ?? []),
      rows: rowsOf(outlook),
      expectedRows: outlook.length,
    },
    {
      key: 'to_come',
      title: `The next ${HORIZON_DAYS} days`,
      columns: [
        { key: 'metric', title: 'Metric', kind: 'text', isWide: true },
        { key: 'name', title: 'Metric', kind: 'text' },
        { key: 'date', title: 'Day', kind: 'date' },
        { key: 'mean', title: 'Expected', kind: 'quantity' },
        { key: 'lo', title: 'Low', kind: 'quantity' },
        { key: 'hi', title: 'High', kind: 'quantity' },
      ],
      rows: rowsOf(coming),
      expectedRows: coming.length,
    },
  ];
}

function forecastChart({
  of: { metric, points },
  forecast,
}: {
  of: MetricDays;
  forecast: UsageForecast;
}): Chart | null {
  const [first] = forecast.days;
  if (!first) return null;
  const past = points.filter(({ at }) => at.slice(0, 10) < first.date).slice(-DRAWN_DAYS);
  const [gone, coming] = [past.map(() => null), forecast.days.map(() => null)];
  return {
    title: `${metric.name}: what was, and what is expected`,
    alt: `${metric.name} by day: ${past.length} days that are over, and ${forecast.days.length} to come with a band in which 95 of 100 lie.`,
    kind: 'lines',
    labels: [...past.map(({ at }) => at.slice(0, 10)), ...forecast.days.map(({ date }) => date)],
    series: [
      { name: metric.name, values: [...past.map(({ quantity }) => Number(quantity)), ...coming], color: 'accent' },
      { name: 'Expected', values: [...gone, ...forecast.days.map(({ mean }) => mean)], color: 'soft', dashed: true },
    ],
    band: {
      name: '95 of 100 lie here',
      low: [...gone, ...forecast.days.map(({ lo }) => lo)],
      high: [...gone, ...forecast.days.map(({ hi }) => hi)],
    },
  };
}

/** @throws AppError invalid_request where filters are given: a forecast is of all usage. */
export function refuseFilters({ filters, type }: ReportOrder): void {
  if (filters.api_key_id === undefined && filters.route === undefined) return;
  throw new AppError('invalid_request', `filters: a report of type ${type} is of all keys and endpoints.`);
}
