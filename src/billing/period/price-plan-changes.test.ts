import { periodAt } from '@/kernel/billing-period';
import { billedPeriod, METRICS, perUnit, planVersion } from '@/testing/billed-period';
import { pricePeriod } from './price-period';

/** Every amount here was worked out by hand. */
const JANUARY = ['2026-01-01', '2026-02-01'] as const;

const CALLS = { api_calls: { included: 100, price: perUnit('0.02') } };
const PRO = planVersion('Pro', 4900, CALLS);
const BUSINESS = planVersion('Business', 19900, { api_calls: { included: 500, price: perUnit('0.01') } });
const FREE = planVersion('Free', 0, { api_calls: { included: 100, enforcement: 'hard' } });

const priced = (...input: Parameters<typeof billedPeriod>) => pricePeriod(billedPeriod(...input)).lines;
const amounts = (...input: Parameters<typeof billedPeriod>) =>
  priced(...input).map(({ kind, amountMinor }) => [kind, amountMinor]);
const january = (...phases: Parameters<typeof billedPeriod>[2]) => priced(...JANUARY, phases);

describe('the price of a period in which plans changed', () => {
  it('of an upgrade: each fee by its days, and what was used before counts against the new allowance', () => {
    const lines = january(
      { plan: PRO, usage: { api_calls: 120 } },
      { plan: BUSINESS, from: '2026-01-15T10:00:00Z', usage: { api_calls: 600 } },
    );
    expect(lines.map(({ description, amountMinor }) => [description, amountMinor])).toEqual([
      ['Pro plan, Jan 1, 2026 to Jan 14, 2026 (14 of 31 days)', 2213], // 49 × 14 ÷ 31 = 22.129
      ['Business plan, Jan 15, 2026 to Jan 31, 2026 (17 of 31 days)', 10913], // 199 × 17 ÷ 31 = 109.129
      ['API calls on Pro, Jan 1, 2026 to Jan 15, 2026, 10:00:00 UTC: 120 calls, 100 included', 40],
      [
        'API calls on Business, Jan 15, 2026, 10:00:00 UTC to Jan 31, 2026: 600 calls after 120 before, 500 included',
        220, // 720 − 500 at 0.01
      ],
    ]);
    expect(lines[0]!.exact.toFixed(10)).toBe('22.1290322581');
  });

  it('of a downgrade: what was used before is not charged again at the new price', () => {
    const lines = january(
      { plan: BUSINESS, usage: { api_calls: 600 } },
      { plan: PRO, from: '2026-01-31', usage: { api_calls: 50 } },
    );
    // 199 × 30 ÷ 31 = 192.581; 49 ÷ 31 = 1.581; 100 at 0.01; 50 at 0.02.
    expect(lines.map(({ amountMinor }) => amountMinor)).toEqual([19258, 158, 100, 100]);
  });

  it('of an upgrade on the last day: what was used before it is not free after all', () => {
    const lines = january(
      { plan: PRO, usage: { api_calls: 5_000 } },
      { plan: BUSINESS, from: '2026-01-31T23:00:00Z', usage: { api_calls: 1 } },
    );
    // 49 × 30 ÷ 31 = 47.419; 199 ÷ 31 = 6.419; 4,900 at 0.02; the 5,001st at 0.01.
    expect(lines.map(({ amountMinor }) => amountMinor)).toEqual([4742, 642, 9800, 1]);
  });

  it('has no fee of a plan that lived within a day, but what was used under it', () => {
    const lines = january(
      { plan: PRO },
      { plan: BUSINESS, from: '2026-01-10T08:00:00Z', usage: { api_calls: 600 } },
      { plan: FREE, from: '2026-01-10T20:00:00Z', usage: { api_calls: 7 } },
    );
    expect(lines.map(({ kind, planVersionId, amountMinor }) => [kind, planVersionId, amountMinor])).toEqual([
      ['plan', PRO.id, 1423], // 49 × 9 ÷ 31 = 14.226
      ['usage', BUSINESS.id, 100],
      ['usage', FREE.id, 0],
    ]);
  });

  it('of a plan that changed to itself is that of one that did not', () => {
    const once = january({ plan: PRO, usage: { api_calls: 150, members: 5 } });
    const often = january(
      { plan: PRO, usage: { api_calls: 90, members: 2 } },
      { plan: PRO, from: '2026-01-11T05:00:00Z', usage: { api_calls: 60, members: 5 } },
      { plan: PRO, from: '2026-01-21' },
    );
    expect(often).toEqual(once);
  });

  it.each([
    ['2026-01-29', '2026-01-29', '2026-02-28', 30],
    ['2024-01-29', '2024-01-29', '2024-02-29', 31],
    ['2026-01-30', '2026-01-30', '2026-02-28', 29],
    ['2024-01-30', '2024-01-30', '2024-02-29', 30],
    ['2026-01-31', '2026-01-31', '2026-02-28', 28],
    ['2024-01-31', '2024-01-31', '2024-02-29', 29],
    ['2026-01-31', '2026-02-28', '2026-03-31', 31],
    ['2024-01-31', '2024-02-29', '2024-03-31', 31],
    ['2026-01-31', '2026-04-30', '2026-05-31', 31],
    ['2024-02-01', '2024-02-01', '2024-03-01', 29],
    ['2026-02-15', '2026-02-15', '2026-03-15', 28],
  ])('anchored on %s, from %s to %s, has %d days, each of which costs the same', (anchor, from, to, ofDays) => {
    expect(periodAt(anchor, new Date(from))).toMatchObject({ from: new Date(from), to: new Date(to) });
    for (let day = 1; day < ofDays; day += 1) {
      const change = new Date(new Date(from).getTime() + day * 86_400_000 + 3_600_000).toISOString();
      const lines = amounts(from, to, [
        { plan: planVersion('One', ofDays * 100) },
        { plan: planVersion('Two', ofDays * 300), from: change },
      ]);
      expect(lines).toEqual([
        ['plan', day * 100],
        ['plan', (ofDays - day) * 300],
      ]);
    }
  });

  it('counts the first plan from the start of the period, though the organization was made within its first day', () => {
    expect(amounts(...JANUARY, [{ plan: PRO, from: '2026-01-01T17:30:00Z' }])).toEqual([['plan', 4900]]);
  });

  it('charges the level of a gauge by days', () => {
    const five = planVersion('Five', 0, { members: { included: 5, price: perUnit('31') } });
    const two = planVersion('Two', 0, { storage_gb: { price: perUnit('0.31') } });
    expect(january({ plan: five, usage: { members: 8 } })).toMatchObject([
      { description: 'Members on Five, Jan 1, 2026 to Jan 31, 2026: 8 members at most, 5 included', amountMinor: 9300 },
    ]);
    const lines = january(
      { plan: five, usage: { members: 8 } },
      { plan: two, from: '2026-01-22T12:00:00Z', usage: { members: 9, storage_gb: '1.5' } },
    );
    expect(lines.map(({ description, amountMinor }) => [description, amountMinor])).toEqual([
      // 3 × 31 × 21 ÷ 31
      [
        'Members on Five, Jan 1, 2026 to Jan 22, 2026, 12:00:00 UTC: 8 members at most, 5 included (21 of 31 days)',
        6300,
      ],
      // 1.5 × 0.31 × 10 ÷ 31
      ['Storage on Two, Jan 22, 2026, 12:00:00 UTC to Jan 31, 2026: 1.5 GB at the end (10 of 31 days)', 15],
    ]);
  });

  it('gives nothing back where more units made all of them cheaper', () => {
    const volume = (name: string) =>
      planVersion(name, 0, {
        api_calls: {
          price: {
            model: 'volume',
            tiers: [
              { up_to: '100', unit_price: '0.10' },
              { up_to: null, unit_price: '0.01' },
            ],
          },
        },
      });
    const lines = january(
      { plan: volume('One'), usage: { api_calls: 100 } },
      { plan: volume('Two'), from: '2026-01-15', usage: { api_calls: 100 } },
    );
    expect(lines.map(({ amountMinor }) => amountMinor)).toEqual([1000, 0]);
    expect(lines[1]!.parts.map(({ kind, quantity, amount }) => [kind, quantity.toFixed(), amount.toFixed()])).toEqual([
      ['tier', '200', '2'],
      ['tier', '-100', '-10'],
      ['floor', '0', '8'],
    ]);
  });

  it('refuses phases that are not the period', () => {
    const [whole, cut] = [
      billedPeriod(...JANUARY, [{ plan: PRO }]),
      billedPeriod('2026-01-01', '2026-01-31', [{ plan: PRO }]),
    ];
    const wrong = [
      [],
      cut.phases,
      [...whole.phases, ...whole.phases],
      billedPeriod('2025-12-01', '2026-02-01', [{ plan: PRO }]).phases,
    ];
    for (const phases of wrong) {
      expect(() => pricePeriod({ ...whole, phases, metrics: METRICS })).toThrow(
        'phases: expected some without gaps up to 2026-02-01T00:00:00.000Z',
      );
    }
  });
});
