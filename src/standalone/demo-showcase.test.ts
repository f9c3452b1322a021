import { type UsageEvent } from '@/metering/contracts';
import { demoPeriodStart, SHOWCASES, showcaseUsage } from './demo-showcase';

const ORGANIZATION = '0198c0de-0000-7000-8000-000000000001';
const ENDS_AT = new Date('2026-11-22T16:20:00Z');
const usageOf = (showcase: (typeof SHOWCASES)[number]) => [...showcaseUsage(showcase, ORGANIZATION, ENDS_AT)];

const sumOf = (events: readonly UsageEvent[], metric: string) =>
  events.reduce((sum, { quantities }) => sum + Number(quantities[metric] ?? 0), 0);

describe.each(SHOWCASES.map((showcase) => [showcase.name, showcase] as const))(
  'the showcase “%s”',
  (_name, showcase) => {
    const events = usageOf(showcase);

    it('uses exactly what it is to show, to the unit', () => {
      for (const [metric, total] of Object.entries(showcase.sums)) expect(sumOf(events, metric)).toBe(total);
      const latest = events.reduce((a, b) =>
        b.quantities.members !== undefined && b.occurredAtMs >= a.occurredAtMs ? b : a,
      );
      expect(latest.quantities).toMatchObject(showcase.gauges);
    });

    it('lies in the present billing period and not in the future', () => {
      const times = events.map(({ occurredAtMs }) => occurredAtMs);
      expect(Math.min(...times)).toBeGreaterThanOrEqual(demoPeriodStart(ENDS_AT).getTime());
      expect(Math.max(...times)).toBeLessThan(ENDS_AT.getTime());
    });

    it('gives the same events with the same ids when it is made again, each id once', () => {
      expect(JSON.stringify(usageOf(showcase))).toBe(JSON.stringify(events));
      expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
    });
  },
);

it('keeps the events of all showcases few, so that a first start stays short', () => {
  expect(SHOWCASES.flatMap(usageOf).length).toBeLessThan(10_000);
});

it('gives no two showcases an event of the same id', () => {
  const ids = SHOWCASES.flatMap(usageOf).map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});
