import { type Metric } from '@/plans';
import { type EffectiveLimit, type Entitlements } from '@/plans/contracts';
import { type QuotaProjection } from './contracts';
import { levelOf, quotaListOf } from './quota-list';

const period = { from: new Date('2026-11-01T00:00:00Z'), to: new Date('2026-12-01T00:00:00Z') };

describe('a quota as it is read', () => {
  it.each([
    [0, 100, 'calm'],
    [79, 100, 'calm'],
    [80, 100, 'warning'],
    [90, 100, 'high'],
    [100, 100, 'critical'],
    [101, 100, 'over'],
    [1, 0, 'over'],
    [5_000, null, 'calm'],
  ])('of which %p of %p is used is %s', (used, included, level) => {
    expect(levelOf(used, included)).toBe(level);
  });

  it('tells every digit of what was used: as numbers where they hold it, else as text', () => {
    const metric = { key: 'bandwidth_bytes', name: 'Bandwidth', unit: 'byte', aggregation: 'sum' } as Metric;
    const limit = {
      metric: metric.key,
      included: 0.3,
      limit: Number.MAX_SAFE_INTEGER,
      enforcement: 'overage',
    } as EffectiveLimit;
    const entitlements = {
      plan: { planKey: 'pro', planName: 'Pro' },
      period,
      limits: new Map([[metric.key, limit]]),
    } as unknown as Entitlements;
    const listOf = (used: number | string, leased: number | string) =>
      quotaListOf({
        entitlements,
        counters: [{ metric: metric.key, used, leased, highest: used, events: 1, periodStart: period.from }],
        metrics: new Map([[metric.key, metric]]),
        livemode: true,
        projections: new Map(),
      }).data[0]!;
    expect(listOf('10000000000000010', 0)).toMatchObject({
      used: '10000000000000010',
      overage: '10000000000000009.7',
      remaining: 0,
      level: 'over',
    });
    expect(listOf(0.1, 0.2)).toMatchObject({ used: 0.1, leased: 0.2, remaining: '9007199254740990.7', overage: 0 });
    expect(listOf(0.27, 0)).toMatchObject({ level: 'high' });
    expect(listOf(0.3, 0)).toMatchObject({ level: 'critical', overage: 0 });
  });

  it('says where it is heading as it was foretold, and nothing where there was no ground to foretell', () => {
    const metric = { key: 'api_calls', name: 'Calls', unit: 'call', aggregation: 'count' } as Metric;
    const entitlements = {
      plan: { planKey: 'pro', planName: 'Pro' },
      period,
      limits: new Map([[metric.key, { metric: metric.key, included: 100, limit: 100 } as EffectiveLimit]]),
    } as unknown as Entitlements;
    const headingOf = (projections: ReadonlyMap<string, QuotaProjection>) =>
      quotaListOf({ entitlements, counters: [], metrics: new Map([[metric.key, metric]]), livemode: true, projections })
        .data[0]!;
    const projection = { total: { mean: 90.5, lo: 70, hi: 100 }, runsOutOn: '2026-11-30', probability: 0.4 };
    expect(headingOf(new Map([[metric.key, projection]]))).toMatchObject({
      projected: 90.5,
      runs_out_on: '2026-11-30',
      runs_out_probability: 0.4,
    });
    expect(headingOf(new Map())).toMatchObject({ projected: null, runs_out_on: null, runs_out_probability: null });
  });
});
