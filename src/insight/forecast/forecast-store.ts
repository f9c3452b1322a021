/** Forecasts as they were made, day by day, and how far the nightly run has come. */
import { type Pool } from 'pg';
import { z } from 'zod';
import { type StoredForecast } from './stored-forecast';

export interface ForecastStore {
  /** Keeps what was foretold of a metric that day, unless that was kept already. */
  save(organizationId: string, metric: string, made: StoredForecast): Promise<void>;
  /** By metric the newest forecast that was made on one of these days, both included. */
  newest(organizationId: string, from: Date, to: Date): Promise<Map<string, StoredForecast>>;
  /** All forecasts of a metric that were made on one of these days, both included, the oldest first. */
  madeBetween(organizationId: string, metric: string, from: Date, to: Date): Promise<StoredForecast[]>;
  /**
   * Organizations whose forecasts of a day are still to be made, those that waited longest first: such that used something in the
   * last 400 days.
   * @param except such as are left out
   */
  due(today: Date, except: readonly string[], limit: number): Promise<string[]>;
  /** Says that all of an organization's forecasts of a day were made. */
  settle(organizationId: string, today: Date): Promise<void>;
  /** Removes forecasts that were made more than a year ago. @returns how many. */
  removeOld(now: Date): Promise<number>;
  /** What each metric has come to since a UTC midnight, by sums and by counts of events; none without usage. */
  usedSince(organizationId: string, midnight: Date): Promise<Map<string, { sum: number; count: number }>>;
}

const KEPT_DAYS = 366;
/** Without usage for so long, all that is read is zeros. */
const ACTIVE_DAYS = 400;
const DAY_MS = 86_400_000;

const numbers = z.array(z.number());
const row = z
  .object({
    metric: z.string(),
    made_on: z.date(),
    history_days: z.int(),
    mean: numbers,
    lo: numbers,
    hi: numbers,
    sums_lo: numbers,
    sums_hi: numbers,
  })
  .transform(({ metric, made_on, history_days, sums_lo, sums_hi, ...rest }) => ({
    metric,
    forecast: { madeOn: made_on, historyDays: history_days, sumsLo: sums_lo, sumsHi: sums_hi, ...rest },
  }));
const sums = z.object({ metric: z.string(), sum: z.coerce.number(), count: z.coerce.number() });

const COLUMNS = `metric, made_on::timestamp at time zone 'UTC' as made_on, history_days, mean, lo, hi, sums_lo, sums_hi`;
const dayOf = (at: Date): string => at.toISOString().slice(0, 10);

export function createForecastStore({ pool }: { pool: Pool }): ForecastStore {
  return {
    async save(organizationId, metric, { madeOn, historyDays, mean, lo, hi, sumsLo, sumsHi }) {
      await pool.query(
        `insert into usage_forecasts (organization_id, metric, made_on, history_days, mean, lo, hi, sums_lo, sums_hi)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing`,
        [organizationId, metric, dayOf(madeOn), historyDays, mean, lo, hi, sumsLo, sumsHi],
      );
    },

    async newest(organizationId, from, to) {
      const { rows } = await pool.query(
        `select distinct on (metric) ${COLUMNS} from usage_forecasts
         where organization_id = $1 and made_on between $2 and $3 order by metric, usage_forecasts.made_on desc`,
        [organizationId, dayOf(from), dayOf(to)],
      );
      return new Map(
        z
          .array(row)
          .parse(rows)
          .map(({ metric, forecast }) => [metric, forecast]),
      );
    },

    async madeBetween(organizationId, metric, from, to) {
      const { rows } = await pool.query(
        `select ${COLUMNS} from usage_forecasts
         where organization_id = $1 and metric = $2 and made_on between $3 and $4 order by usage_forecasts.made_on`,
        [organizationId, metric, dayOf(from), dayOf(to)],
      );
      return z
        .array(row)
        .parse(rows)
        .map(({ forecast }) => forecast);
    },

    async due(today, except, limit) {
      const { rows } = await pool.query<{ id: string }>(
        `select g.organization_id as id from usage_ledgers g left join usage_forecast_progress p using (organization_id)
         where g.events > 0 and g.stored_through > $2 and coalesce(p.done_on < $1, true) and g.organization_id <> all($3::uuid[])
         order by p.done_on nulls first, 1 limit $4`,
        [dayOf(today), new Date(today.getTime() - ACTIVE_DAYS * DAY_MS), except, limit],
      );
      return rows.map(({ id }) => id);
    },

    async settle(organizationId, today) {
      // An organization that was deleted meanwhile has nothing to be settled.
      await pool.query(
        `insert into usage_forecast_progress (organization_id, done_on) select id, $2::date from organizations where id = $1
         on conflict (organization_id) do update set done_on = greatest(usage_forecast_progress.done_on, excluded.done_on)`,
        [organizationId, dayOf(today)],
      );
    },

    async removeOld(now) {
      const before = new Date(now.getTime() - KEPT_DAYS * DAY_MS);
      const { rowCount } = await pool.query('delete from usage_forecasts where made_on < $1', [dayOf(before)]);
      return rowCount ?? 0;
    },

    async usedSince(organizationId, midnight) {
      const { rows } = await pool.query(
        `select metric, sum(quantity_sum) as sum, sum(events) as count from usage_rollups
         where organization_id = $1 and livemode and hour >= $2 group by metric`,
        [organizationId, midnight],
      );
      return new Map(
        z
          .array(sums)
          .parse(rows)
          .map(({ metric, sum, count }) => [metric, { sum, count }]),
      );
    },
  };
}
