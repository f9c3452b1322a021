import { type QuotaProjection } from '@/quotas/contracts';
import { type UsageOutlook } from '../contracts';
import { dateAfter, periodCourse } from './period-forecast';
import { type LimitedMetric, type QuotaState, type ReadLimitedMetrics } from './read-projections';
import { type ReadUsageDays } from './usage-days';

const DAY_MS = 86_400_000;
/** A period has 31 days at most; today is one of them. */
const PERIOD_DAYS = 32;

/** The present period of each limited metric that adds up, day by day: as it was, and as it is expected to go on. */
export type ReadOutlooks = (organizationId: string, state: QuotaState) => Promise<UsageOutlook[]>;

export function createReadOutlooks({
  readLimitedMetrics,
  readUsageDays,
}: {
  readLimitedMetrics: ReadLimitedMetrics;
  readUsageDays: ReadUsageDays;
}): ReadOutlooks {
  return async (organizationId, state) =>
    Promise.all(
      (await readLimitedMetrics(organizationId, state)).map(async (limited) => {
        const { days } = await readUsageDays(organizationId, limited.metric.key, 'live', PERIOD_DAYS);
        return outlookOf(limited, new Map(days.map(({ at, quantity }) => [at.getTime(), quantity])));
      }),
    );
}

/** What outlooks say of where quotas are heading, as `ReadProjections` does; for who has read them anyway. */
export const projectionsOf = (outlooks: readonly UsageOutlook[]): Map<string, QuotaProjection> =>
  new Map(
    outlooks.flatMap(({ metric, total, runs_out_on: runsOutOn, probability }) =>
      total ? [[metric, { total, runsOutOn, probability }] as const] : [],
    ),
  );

function outlookOf(
  { metric, limit, basis, historyDays, state, forecast }: LimitedMetric,
  quantityOn: Map<number, number>,
): UsageOutlook {
  const { period, today, used } = state;
  const course = basis && periodCourse(basis, state);
  let sum = 0;
  const days: UsageOutlook['days'] = [];
  for (let at = period.from.getTime(); at < period.to.getTime(); at += DAY_MS) {
    const ahead = Math.round((at - today.getTime()) / DAY_MS);
    sum += quantityOn.get(at) ?? 0;
    days.push({
      date: dateAfter(new Date(at), 0),
      used: ahead < 0 ? sum : null,
      expected: course && ahead >= 0 ? course(ahead + 1) : null,
    });
  }
  return {
    metric: metric.key,
    name: metric.name,
    unit: metric.unit,
    status: basis ? 'ok' : 'insufficient_data',
    history_days: historyDays,
    period: { from: period.from.toISOString(), to: period.to.toISOString() },
    quota: limit.included,
    hard: limit.enforcement === 'hard',
    used,
    total: forecast?.total ?? null,
    runs_out_on: forecast?.exceeds_on ?? null,
    probability: forecast?.probability ?? null,
    days,
  };
}
