import { z } from 'zod';

export {
  type AlertChannels,
  alertRule,
  type AlertRule,
  alertRuleList,
  createAlertRuleInput,
  type CreateAlertRuleInput,
  RULE_KINDS,
  updateAlertRuleInput,
  type UpdateAlertRuleInput,
} from './alerts/alert-contracts';
export { alertHeadline } from './alerts/alert-words';
export { detectAnomaliesQuery, detectedAnomalies } from './anomaly/anomaly-contracts';
export {
  generateReportInput,
  usageReport,
  type UsageReport,
  usageReportList,
  type UsageReportList,
  usageReportListQuery,
} from './reports/report-contracts';
export {
  createReportScheduleInput,
  reportSchedule,
  type ReportSchedule,
  reportScheduleList,
} from './reports/schedule-contracts';

/** By what a forecast is made; auto averages several of its own by how each did on the history at hand. */
export const forecastModel = z.enum([
  'auto',
  'linear_regression',
  'moving_average',
  'exponential_smoothing',
  'holt_winters',
]);
export type ForecastModel = z.output<typeof forecastModel>;

const units = z.number().min(0);
const day = z.iso.date();
const money = (what: string) => z.string().describe(`${what} In major units of the currency, e.g. "49.00".`);

/** At most a quarter ahead: beyond, an interval holds everything. */
const MOST_DAYS = 90;
const asked = {
  metric: z.string().min(1).max(63).default('api_calls').describe('Key of the metric.'),
  model: forecastModel
    .default('auto')
    .describe('auto averages several settings of its own, by how each did in a backtest on this history alone.'),
  mode: z
    .enum(['live', 'test'])
    .default('live')
    .describe('Usage of live or of test keys. A test key always reads usage of test keys.'),
};
const horizon = 'Days ahead, today being the first.';
export const forecastQuery = z.strictObject({
  ...asked,
  horizon_days: z.coerce.number().int().min(1).max(MOST_DAYS).default(30).describe(horizon),
});
export const forecastInput = z
  .strictObject({ ...asked, horizon_days: z.int().min(1).max(MOST_DAYS).default(30).describe(horizon) })
  .meta({ id: 'ForecastInput' });
export type ForecastQuery = z.output<typeof forecastQuery>;

const band = {
  mean: units,
  lo: units.describe('95 of 100 such values lie between lo and hi, as those of the backtest did.'),
  hi: units,
};
const share = z.number().min(0).max(1);

const overage = z
  .object({
    ...band,
    cost: z
      .object({
        currency: z.string(),
        mean: money('Of mean units of overage.'),
        lo: money('Of lo.'),
        hi: money('Of hi.'),
      })
      .nullable()
      .describe('By the price of the plan that holds now; null without a price, and for usage of test keys.'),
  })
  .describe('Units beyond the included ones at the end of the period; none where use ends with them.');

const periodForecast = z
  .object({
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    used: units.describe('So far.'),
    quota: units.nullable().describe('Units included, with overrides and grants; null is unlimited.'),
    total: z.object(band).describe('At the end of the period; where use ends by the plan, so does this.'),
    will_exceed_quota: z.boolean().describe('Whether that is likelier than not; of a hard limit, that it is reached.'),
    probability: share.nullable().describe('That the quota does not last; null without one.'),
    exceeds_on: day.nullable().describe('The day on which it is used up as expected; null where it lasts.'),
    exceeds_on_earliest: day.nullable().describe('The same if use is at the upper end of the interval.'),
    overage,
  })
  .describe('The billing period; null for metrics whose days do not add up, and where the data are insufficient.');

export const forecastRecordQuery = z.strictObject({
  metric: asked.metric,
  days: z.coerce.number().int().min(1).max(365).default(90).describe('Days gone by, as far back as which is looked.'),
  days_ahead: z.coerce
    .number()
    .int()
    .min(1)
    .max(30)
    .default(7)
    .describe('How long before the end of a day it was foretold: 1 is that day itself.'),
});
export type ForecastRecordQuery = z.output<typeof forecastRecordQuery>;

export const forecastRecord = z
  .object({
    metric: z.string(),
    days_ahead: z.int().min(1),
    days: z
      .array(z.object({ date: day, made_on: day, ...band, came: units.describe('What was used that day.') }))
      .describe('Days that are over and were foretold, the oldest first.'),
    summary: z.object({
      days: z.int().min(0),
      inside: share.nullable().describe('Share that lay inside the interval; 0.95 is what was promised.'),
      mean_error: units.nullable().describe('By how many units the mean was off, on average.'),
      wape: units.nullable().describe('Sum of absolute errors over the sum of what came.'),
    }),
  })
  .meta({ id: 'ForecastRecord' });
export type ForecastRecord = z.output<typeof forecastRecord>;

/** The present period of a metric as it was and as it is expected to go on. Units; days are UTC, `2026-03-21`. */
export interface UsageOutlook {
  metric: string;
  name: string;
  unit: string;
  status: 'ok' | 'insufficient_data';
  /** Whole days that the forecast was made from. */
  history_days: number;
  period: { from: string; to: string };
  /** Included; null is unlimited. */
  quota: number | null;
  /** Whether calls beyond it are refused. */
  hard: boolean;
  used: number;
  /** At the end of the period; null where nothing is foretold, as the next two. */
  total: { mean: number; lo: number; hi: number } | null;
  /** The day on which what is included is used up as expected; null where it lasts. */
  runs_out_on: string | null;
  /** That it does not last. */
  probability: number | null;
  /** What the period has come to at the end of each of its days: of whole days what was used, of the others what is expected. */
  days: { date: string; used: number | null; expected: { mean: number; lo: number; hi: number } | null }[];
}

export const usageForecast = z
  .object({
    status: z.enum(['ok', 'insufficient_data']).describe('insufficient_data: fewer than seven whole days are known.'),
    metric: z.string(),
    model: forecastModel,
    history: z
      .object({ from: day.nullable(), days: z.int().min(0) })
      .describe('The whole UTC days that were gone by; days without usage are zeros.'),
    days: z.array(z.object({ date: day, ...band })),
    period: periodForecast.nullable(),
    accuracy: z
      .object({
        mase: units
          .nullable()
          .describe('Mean absolute error over that of repeating the week before; below 1 is better.'),
        wape: units.nullable().describe('Sum of absolute errors over the sum of what came.'),
        inside: share.nullable().describe('Share that lay inside the interval in the later half of the backtest.'),
        r_squared: share.nullable().describe('Share of the variance that the straight line explains.'),
      })
      .nullable()
      .describe('In a backtest on this history; null where the data are insufficient.'),
  })
  .meta({ id: 'UsageForecast' });
export type UsageForecast = z.output<typeof usageForecast>;
export type PeriodForecast = z.output<typeof periodForecast>;
