import fc from 'fast-check';
import { type Metric } from '@/plans';
import { type EffectiveLimit, type Entitlements } from '@/plans/contracts';
import { levelOf, projectedUse, quotaListOf } from './quota-list';

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
        now: period.from,
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

  it('is projected to at least what is used, and to exactly that at the end', () => {
    const hour = 3_600_000;
    const spanMs = period.to.getTime() - period.from.getTime();
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.integer({ min: hour, max: spanMs }), (used, elapsedMs) => {
        const projected = projectedUse(used, { period, now: new Date(period.from.getTime() + elapsedMs) })!;
        expect(projected).toBeGreaterThanOrEqual(used * (1 - 1e-12));
        if (elapsedMs === spanMs) expect(projected).toBeCloseTo(used);
      }),
    );
    expect(projectedUse(5, { period, now: new Date(period.from.getTime() + hour - 1) })).toBeNull();
    expect(projectedUse(5, { period, now: new Date('2026-11-11T00:00:00Z') })).toBeCloseTo(15);
  });
});
