/** Measures rules that do not follow from a counter alone: what each comes to now, and whether it holds. */
import { type UsageQueries } from '@/analytics';
import { type UsageHistory } from '@/analytics/contracts';
import { type EntitlementReader } from '@/plans';
import { type QuotaStore } from '@/quotas';
import { type ReadProjections } from '../forecast/read-projections';
import { type Finding, type MeasuredRule } from './alert-store';

export interface Measures {
  usageQueries: Pick<UsageQueries, 'history'>;
  /** Where quotas are heading, from forecasts that are stored. */
  projections: ReadProjections;
  entitlements: Pick<EntitlementReader, 'read'>;
  quotaStore: Pick<QuotaStore, 'counters'>;
  /** What overage costs so far in the period, in minor units; by the code that invoices are made with. */
  spent: (organizationId: string, at: Date) => Promise<{ minor: number; currency: string }>;
}

const HOUR_MS = 3_600_000;
/** Fewer calls have no rate: one of three that failed is no third. */
const LEAST_CALLS = 20;
const API_CALLS = 'api_calls';

type Measured = Pick<Finding, 'holds' | 'used'> & Partial<Finding>;

/** Of one organization at one instant; what several rules ask for is read once. */
export function createMeasurement(measures: Measures, organizationId: string, at: Date) {
  const { usageQueries, projections, entitlements, quotaStore, spent } = measures;
  const hour = Math.floor(at.getTime() / HOUR_MS) * HOUR_MS;
  const known = new Map<string, Promise<unknown>>();
  const once = <T>(key: string, read: () => Promise<T>): Promise<T> => {
    const reading = (known.get(key) as Promise<T> | undefined) ?? read();
    known.set(key, reading);
    return reading;
  };

  const terms = () => once('terms', () => entitlements.read(organizationId, at));
  const counters = () => once('counters', () => quotaStore.counters(organizationId, true, at));
  const history = (metric: string, keyId: string | null, from: Date, interval: 'hour' | 'day') =>
    once(`${metric} ${keyId} ${interval}`, () =>
      usageQueries.history(organizationId, {
        metric,
        mode: 'live',
        from: from.toISOString(),
        to: new Date(hour + HOUR_MS).toISOString(),
        interval,
        ...(keyId !== null && { api_key_id: keyId }),
      }),
    );
  /** The last whole hour, and the present one so far. */
  const twoHours = async (metric: string, keyId: string | null): Promise<UsageHistory['points']> =>
    (await history(metric, keyId, new Date(hour - HOUR_MS), 'hour')).points;

  async function units({ metric, apiKeyId, threshold }: MeasuredRule): Promise<Measured> {
    const { period } = await terms();
    const used =
      apiKeyId === null
        ? ((await counters()).find((counter) => counter.metric === metric)?.used ?? 0)
        : sum((await history(metric!, apiKeyId, period.from, 'day')).points.map(({ quantity }) => Number(quantity)));
    return { holds: Number(used) >= threshold, used, period };
  }

  /** The hour before counts too: what came in its last seconds would be seen by no run otherwise. */
  async function rate({ metric, apiKeyId, threshold }: MeasuredRule): Promise<Measured> {
    const used = Math.max(...(await twoHours(metric!, apiKeyId)).map(({ quantity }) => Number(quantity)));
    return { holds: used >= threshold, used };
  }

  /** Of the present hour; of both while there were too few calls in it. */
  async function errorRate({ apiKeyId, threshold }: MeasuredRule): Promise<Measured> {
    const points = await twoHours(API_CALLS, apiKeyId);
    const present = points.slice(-1);
    const within = calls(present) >= LEAST_CALLS ? present : points;
    const all = calls(within);
    const errors = sum(within.map((point) => point.client_errors + point.server_errors));
    const used = all < LEAST_CALLS ? 0 : Math.round((errors / all) * 10_000) / 100;
    return { holds: used >= threshold, used };
  }

  async function money({ threshold }: MeasuredRule): Promise<Measured> {
    const [{ period }, { minor, currency }] = await Promise.all([
      terms(),
      once('spent', () => spent(organizationId, at)),
    ]);
    return { holds: minor >= threshold, used: minor, currency, action: minor > 0 ? 'charged' : 'none', period };
  }

  /** Holds while the quota is not used up: what comes then is said by the rules on quotas. */
  async function forecast({ metric, threshold }: MeasuredRule): Promise<Measured> {
    const [entitled, used] = await Promise.all([terms(), counters()]);
    const state = { entitlements: entitled, counters: used, now: at };
    const probability =
      (await once('projections', () => projections(organizationId, state))).get(metric!)?.probability ?? null;
    const included = entitled.limits.get(metric!)?.included ?? null;
    const so = Number(used.find((counter) => counter.metric === metric)?.used ?? 0);
    const open = probability !== null && included !== null && so < included;
    return { holds: open && probability >= threshold, used: probability ?? 0, included, period: entitled.period };
  }

  const BY_KIND = { units, rate, error_rate: errorRate, money, forecast };
  return {
    async of(rule: MeasuredRule): Promise<Finding> {
      const measured = await BY_KIND[rule.kind](rule);
      return {
        ruleId: rule.id,
        metric: rule.metric,
        included: null,
        currency: null,
        action: 'none',
        period: null,
        ...measured,
      };
    },
  };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const calls = (points: UsageHistory['points']): number => sum(points.map(({ requests }) => requests));
