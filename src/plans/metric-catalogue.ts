import { type Pool } from 'pg';
import { z } from 'zod';

const metricRow = z.object({
  key: z.string(),
  name: z.string(),
  unit: z.string(),
  aggregation: z.enum(['sum', 'count', 'max', 'last', 'unique']),
});

/** What is counted: its unit, and how the quantities of a period become one number. */
export type Metric = z.output<typeof metricRow>;

export interface MetricCatalogue {
  /** All metrics by key. At most a minute old. */
  all(): Promise<ReadonlyMap<string, Metric>>;
  /** Whether a metric is in the catalogue as it was last read; true as long as it was never read. */
  readonly isKnown: (metric: string) => boolean;
}

const MAX_AGE_MS = 60_000;

/** All metrics by key, as they are now. */
export async function readMetrics(pool: Pool): Promise<ReadonlyMap<string, Metric>> {
  const { rows } = await pool.query('select key, name, unit, aggregation from metrics order by created_at, key');
  return new Map(rows.map((row) => metricRow.parse(row)).map((metric) => [metric.key, metric]));
}

/** The catalogue of metrics, remembered for a minute: it is asked for every batch and changes a few times a year. */
export function createMetricCatalogue({ pool }: { pool: Pool }): MetricCatalogue {
  let known: ReadonlyMap<string, Metric> | undefined;
  let readAtMs = 0;
  let reading: Promise<ReadonlyMap<string, Metric>> | undefined;

  async function read(): Promise<ReadonlyMap<string, Metric>> {
    known = await readMetrics(pool);
    readAtMs = performance.now();
    return known;
  }

  return {
    async all() {
      if (known && performance.now() - readAtMs < MAX_AGE_MS) return known;
      reading ??= read().finally(() => (reading = undefined));
      return reading;
    },

    isKnown: (metric) => known === undefined || known.has(metric),
  };
}
