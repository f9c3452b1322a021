import { demoAnchor, demoPast } from './demo-past';
import { demoPeriodStart } from './demo-showcase';

const ENDS_AT = new Date('2026-11-22T16:20:00Z');
const past = (seed = 1) => [
  ...demoPast({
    organizationId: '0198c0de-0000-7000-8000-000000000001',
    sums: { documents: 300 },
    endsAt: ENDS_AT,
    seed,
  }),
];

describe("the demo's past", () => {
  it('fills the twelve periods before the present one, and no other', () => {
    const months = new Set(past().map(({ occurredAtMs }) => new Date(occurredAtMs).toISOString().slice(0, 7)));
    expect(months.size).toBeGreaterThanOrEqual(12);
    for (const { occurredAtMs } of past()) {
      expect(occurredAtMs).toBeGreaterThanOrEqual(demoAnchor(ENDS_AT).getTime());
      expect(occurredAtMs).toBeLessThan(demoPeriodStart(ENDS_AT).getTime());
    }
  });

  it('gives the same events with the same ids when it is made again, each id once, and other ones by another seed', () => {
    expect(JSON.stringify(past())).toBe(JSON.stringify(past()));
    const ids = [...past(1), ...past(2)].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each([
    ['2026-11-22T16:20:00Z', '2025-11-02'],
    ['2028-03-20T10:00:00Z', '2027-02-28'],
    ['2026-08-20T10:00:00Z', '2025-07-31'],
  ])('is counted from the same day a year before, also where a month is short (%s)', (endsAt, anchor) => {
    expect(demoAnchor(new Date(endsAt)).toISOString().slice(0, 10)).toBe(anchor);
  });
});
