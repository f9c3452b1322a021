import fc from 'fast-check';
import { leastDistanceKm } from './country-places';
import { type KeyCall, keyHistory } from './key-calls';
import { keyPatterns } from './key-patterns';
import { riskOf } from './risk';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 0, 5);
const NOON_MS = START_MS + 30 * DAY_MS + DAY_MS / 2;

const call = (atMs: number, changes: Partial<KeyCall> = {}): KeyCall => ({
  atMs,
  country: 'DE',
  address: '203.0.113.0',
  route: '/v1/orders',
  status: 200,
  ...changes,
});
/** Working hours of thirty days, from one network in Germany, with irregular pauses. */
const usual = Array.from({ length: 30 }, (_, day) =>
  Array.from({ length: 60 }, (_each, index) =>
    call(START_MS + day * DAY_MS + (8 * 60 + index * 9 + ((index * index) % 7)) * MINUTE_MS),
  ),
).flat();
const history = keyHistory(usual);
const seen = (calls: KeyCall[], of = history) =>
  Object.fromEntries(keyPatterns(calls, of).map((each) => [each.name, each]));
/** Calls within an hour, with pauses like those before. */
const hour = (count: number, changes: (index: number) => Partial<KeyCall> = () => ({}), fromMs = NOON_MS) =>
  Array.from({ length: count }, (_, index) =>
    call(fromMs + Math.floor((index + ((index * index) % 5) / 6) * ((50 * MINUTE_MS) / count)), changes(index)),
  );

it('says nothing of an hour like those before, nor of a key of which nothing is known', () => {
  expect(seen(hour(40))).toEqual({});
  expect(seen(hour(40), keyHistory([]))).toEqual({});
  expect(seen([])).toEqual({});
});

it('names hours in which the key was never used', () => {
  const { new_hours: found } = seen(hour(20, undefined, NOON_MS + 14 * 60 * MINUTE_MS));
  expect(found).toMatchObject({ strength: 1, says: expect.stringContaining("at 2 o'clock") as string });
  expect(seen(hour(20, undefined, NOON_MS - 5 * 60 * MINUTE_MS))).toEqual({});
});

it('names a new country and a new network, less so of a key that moves a lot', () => {
  const found = seen(hour(5, () => ({ country: 'BR', address: '198.51.100.0' })));
  expect(Object.keys(found).sort()).toEqual(['new_address', 'new_country']);
  expect(found.new_country).toMatchObject({ strength: 1, says: 'calls from BR; before only from DE' });
  const countries = ['AT', 'BE', 'CH', 'DK', 'ES', 'FR', 'IT', 'NL', 'PL'];
  const roving = keyHistory(
    usual.map((each, index) => ({ ...each, country: countries[index % 9]!, address: `10.0.${index % 200}.0` })),
  );
  const { new_country: country, new_address: address } = seen(
    hour(5, () => ({ country: 'BR' })),
    roving,
  );
  expect(country!.strength).toBeLessThan(0.25);
  expect(address!.strength).toBeLessThan(0.25);
});

it('names many networks on one key', () => {
  expect(seen(hour(60, (index) => ({ address: `198.51.${index % 40}.0` }))).many_addresses).toMatchObject({
    strength: 1,
  });
  expect(seen(hour(60, (index) => ({ address: `198.51.${index % 8}.0` }))).many_addresses).toBeUndefined();
});

it('names travel that is impossible, and none between neighbours, within a day, or where the key belongs', () => {
  const travel = (to: string, minutes: number, of = history) =>
    seen([call(NOON_MS), call(NOON_MS + minutes * MINUTE_MS, { country: to })], of).impossible_travel;
  expect(travel('BR', 30)).toMatchObject({
    strength: 1,
    says: expect.stringMatching(/DE and, 30 minutes later, one from BR/) as string,
  });
  expect(travel('US', 30)).toMatchObject({ strength: 1 });
  expect(travel('FR', 5)).toBeUndefined();
  expect(travel('PL', 1)).toBeUndefined();
  expect(travel('BR', 24 * 60)).toBeUndefined();
  const both = keyHistory(usual.map((each, index) => ({ ...each, country: index % 2 ? 'DE' : 'BR' })));
  expect(travel('BR', 1, both)).toBeUndefined();
});

it('names a scan over routes and a burst of refusals', () => {
  const found = seen(hour(60, (index) => ({ route: `/v1/try/${index}`, status: 404 })));
  expect(found.route_scan).toMatchObject({ strength: 1 });
  expect(found.refusal_burst).toMatchObject({ strength: 1, says: expect.stringContaining('60 answers') as string });
  expect(seen(hour(60, (index) => ({ status: index % 10 === 0 ? 404 : 200 }))).refusal_burst).toBeUndefined();
});

it('names calls like a clock, of a key that is not used around the clock', () => {
  const clock = Array.from({ length: 60 }, (_, index) => call(NOON_MS + index * 30_000 + (index % 3) * 100));
  expect(seen(clock).machine_regularity!.strength).toBeGreaterThan(0.9);
  const machine = keyHistory(Array.from({ length: 24 * 14 }, (_, index) => call(START_MS + index * 60 * MINUTE_MS)));
  expect(seen(clock, machine).machine_regularity).toBeUndefined();
});

it('knows that neighbours are near and continents far, whichever is asked first', () => {
  for (const [a, b] of [
    ['US', 'CA'],
    ['US', 'MX'],
    ['RU', 'JP'],
    ['RU', 'PL'],
    ['CN', 'VN'],
    ['DE', 'PT'],
    ['US', 'PR'],
  ] as const) {
    expect([a, b, leastDistanceKm(a, b) < 500]).toEqual([a, b, true]);
    expect(leastDistanceKm(a, b)).toBeCloseTo(leastDistanceKm(b, a));
  }
  expect(leastDistanceKm('US', 'CA')).toBe(0);
  expect(leastDistanceKm('DE', 'FR')).toBe(0);
  expect(leastDistanceKm('DE', 'BR')).toBeGreaterThan(4000);
  expect(leastDistanceKm('DE', 'AU')).toBeGreaterThan(9000);
  expect(leastDistanceKm('DE', 'ZZ')).toBe(0);
});

describe('the risk', () => {
  const leaked = keyPatterns(
    hour(60, (index) => ({ country: 'BR', address: `198.51.${index}.0`, route: `/v1/try/${index}`, status: 404 })),
    history,
  );

  it('needs a review where a key leaked, and only keeps what an honest key does too', () => {
    expect(riskOf(leaked, { days: 30, calls: 60 }).riskScore).toBeGreaterThan(75);
    const moved = keyPatterns(
      hour(20, () => ({ address: '198.51.100.0' })),
      history,
    );
    expect(riskOf(moved, { days: 30, calls: 20 }).riskScore).toBeLessThan(50);
  });

  it('is as confident as was known and seen', () => {
    expect(riskOf(leaked, { days: 28, calls: 60 }).confidence).toBe(0.75);
    expect(riskOf(leaked, { days: 7, calls: 20 }).confidence).toBe(0.13);
    expect(riskOf([], { days: 0, calls: 0 })).toEqual({ riskScore: 0, confidence: 0, parts: [] });
  });

  it('stays within 0 and 100, and no part makes it less', () => {
    const names = [
      'impossible_travel',
      'route_scan',
      'refusal_burst',
      'volume',
      'velocity',
      'new_country',
      'many_addresses',
      'new_hours',
    ] as const;
    const findings = fc
      .subarray([...names])
      .chain((some) =>
        fc.tuple(
          ...some.map((name) =>
            fc.double({ min: 0, max: 9, noNaN: true }).map((strength) => ({ name, strength, says: '' })),
          ),
        ),
      );
    fc.assert(
      fc.property(findings, (parts) => {
        const { riskScore } = riskOf(parts, { days: 9, calls: 9 });
        expect(riskScore).toBeGreaterThanOrEqual(0);
        expect(riskScore).toBeLessThanOrEqual(100);
        expect(riskOf(parts.slice(1), { days: 9, calls: 9 }).riskScore).toBeLessThanOrEqual(riskScore);
      }),
    );
  });
});
