import fc from 'fast-check';
import { createIpMatcher } from './ip-ranges';
import { type KeyReach, reachBeyond } from './key-reach';
import { allowsScope } from './scopes';

/** Something a program may try with a key; `planPerMinute` is what the organization has left under its plan. */
interface Attempt {
  scope: string;
  livemode: boolean;
  ip: string | null;
  at: Date;
  perMinute: number;
  planPerMinute: number;
}

/** What a key can do, said by what it is for rather than by the order of reaches. */
function capabilityOf(key: KeyReach): (attempt: Attempt) => boolean {
  const { requests_per_minute: own, may_exceed_plan } = key;
  const allowsIp = createIpMatcher(key.allowed_ips);
  const from = new Set(IPS.filter(allowsIp));
  return ({ scope, livemode, ip, at, perMinute, planPerMinute }) => {
    const fastest = own === null ? planPerMinute : may_exceed_plan ? own : Math.min(own, planPerMinute);
    return (
      (key.livemode || !livemode) &&
      (key.expires_at === null || at < key.expires_at) &&
      perMinute <= fastest &&
      allowsScope(key.scopes, scope) &&
      from.has(ip)
    );
  };
}

// Small worlds, so that two keys of chance often lie within each other, and every attempt in them can be tried.
const SCOPES = ['*', 'usage:*', 'usage:read', 'usage:write', 'keys:write'];
const NEEDED = ['usage:read', 'usage:write', 'usage:other', 'keys:write', 'other:read'];
const IPS = [
  null,
  ...Array.from({ length: 8 }, (_, n) => `10.0.0.${n}`),
  '10.0.0.8',
  '2001:db8::',
  '2001:db8::1',
  '2001:db8::2',
];
const RANGES = [
  ...Array.from({ length: 8 }, (_, n) => `10.0.0.${n}/32`),
  ...[0, 2, 4, 6].map((n) => `10.0.0.${n}/31`),
  '10.0.0.0/30',
  '10.0.0.4/30',
  '10.0.0.0/29',
  '2001:db8::/128',
  '2001:db8::1/128',
  '2001:db8::/127',
  'nonsense',
];
const INSTANTS = [1, 2, 3].map((n) => new Date(n * 1_000));
const RATES = [1, 2, 3];

const key: fc.Arbitrary<KeyReach> = fc
  .record({
    scopes: fc.uniqueArray(fc.constantFrom(...SCOPES), { maxLength: 3 }),
    livemode: fc.boolean(),
    allowed_ips: fc.uniqueArray(fc.constantFrom(...RANGES), { maxLength: 4 }),
    expires_at: fc.constantFrom(null, ...INSTANTS),
    requests_per_minute: fc.constantFrom(null, ...RATES),
    may_exceed_plan: fc.boolean(),
  })
  .map((made) => ({ ...made, may_exceed_plan: made.may_exceed_plan && made.requests_per_minute !== null }));

/** Every attempt of the small world that differs in one aspect from one that any key in force allows. */
const EASIEST: Omit<Attempt, 'scope' | 'ip'> = { livemode: false, at: new Date(0), perMinute: 0, planPerMinute: 4 };
function* attempts(scopes: readonly string[], ips: readonly (string | null)[]): Generator<Attempt> {
  for (const scope of scopes)
    for (const ip of ips) {
      const easy = { ...EASIEST, scope, ip };
      yield { ...easy, livemode: true };
      for (const at of [0, 1_000, 2_000, 3_000]) yield { ...easy, at: new Date(at) };
      for (const perMinute of [1, 2, 3, 4])
        for (const planPerMinute of [0, 1, 2, 3, 4]) yield { ...easy, perMinute, planPerMinute };
    }
}
const everything: Attempt[] = [...attempts(NEEDED, IPS)];
const inReach = (asked: KeyReach, held: KeyReach) => reachBeyond(held, asked).length === 0;

describe('the reach of a key', () => {
  it('within that of another means that the other can do all it can', () => {
    fc.assert(
      fc.property(key, key, (asked, held) => {
        if (!inReach(asked, held)) return;
        const [may, holderMay] = [capabilityOf(asked), capabilityOf(held)];
        expect(everything.filter((attempt) => may(attempt) && !holderMay(attempt))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('beyond that of another is found out in the aspect in which it is: something shows it', () => {
    fc.assert(
      fc.property(key, key, (asked, held) => {
        // What a key of no use (no scopes, or no readable range) reaches is nothing, which shows nowhere.
        const possible = everything.filter(capabilityOf(asked));
        fc.pre(possible.length > 0);
        // Alone in each aspect, so that others do not hide it.
        for (const { field } of reachBeyond(held, asked)) {
          const aspect = field === 'requests_per_minute' ? [field, 'may_exceed_plan' as const] : [field];
          const other: KeyReach = { ...asked };
          for (const name of aspect) Object.assign(other, { [name]: held[name] });
          const mayToo = capabilityOf(other);
          const shown = possible.some((attempt) => !mayToo(attempt));
          expect([field, shown]).toEqual([field, true]);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('is an order: each within itself, and within whatever holds what it lies within', () => {
    fc.assert(
      fc.property(key, key, key, (a, b, c) => {
        expect(reachBeyond(a, a)).toEqual([]);
        if (inReach(a, b) && inReach(b, c)) expect(inReach(a, c)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('names every aspect that is beyond', () => {
    const held: KeyReach = {
      scopes: ['keys:write'],
      livemode: false,
      allowed_ips: ['203.0.113.0/24'],
      expires_at: new Date('2026-12-01T00:00:00Z'),
      requests_per_minute: 60,
      may_exceed_plan: false,
    };
    const all: KeyReach = {
      scopes: ['*'],
      livemode: true,
      allowed_ips: [],
      expires_at: null,
      requests_per_minute: null,
      may_exceed_plan: false,
    };
    expect(reachBeyond(held, all).map(({ field }) => field)).toEqual([
      'scopes',
      'livemode',
      'allowed_ips',
      'expires_at',
      'requests_per_minute',
    ]);
    expect(reachBeyond(all, held)).toEqual([]);
  });

  it.each<[keyof KeyReach, KeyReach[keyof KeyReach], KeyReach[keyof KeyReach]]>([
    ['allowed_ips', ['10.0.0.0/9', '10.128.0.0/9'], ['10.0.0.0/8']],
    ['allowed_ips', ['0.0.0.0/0', '::/0'], ['203.0.113.7/32', '2001:db8::/32']],
    ['allowed_ips', ['::ffff:10.0.0.0/104'], ['10.1.2.3']],
    ['expires_at', new Date(2_000), new Date(2_000)],
    ['requests_per_minute', 60, 60],
    ['scopes', ['usage:*', 'keys:write'], ['usage:read', 'usage:*']],
  ])('in %s: %j holds %j', (aspect, held, asked) => {
    const of = (value: unknown) => ({ ...WIDE, [aspect]: value });
    expect(reachBeyond(of(held), of(asked))).toEqual([]);
  });

  it.each<[keyof KeyReach, KeyReach[keyof KeyReach], KeyReach[keyof KeyReach]]>([
    ['allowed_ips', ['0.0.0.0/0', '::/0'], []],
    ['allowed_ips', ['10.0.0.0/9', '10.128.0.0/10'], ['10.0.0.0/8']],
    ['allowed_ips', ['0.0.0.0/0'], ['::/0']],
    ['allowed_ips', ['nonsense'], []],
    ['expires_at', new Date(2_000), new Date(2_001)],
    ['expires_at', new Date(2_000), null],
    ['requests_per_minute', 60, 61],
    ['requests_per_minute', 60, null],
    ['scopes', ['usage:read', 'usage:write'], ['usage:*']],
    ['scopes', [], ['usage:read']],
  ])('in %s: %j does not hold %j', (aspect, held, asked) => {
    const of = (value: unknown) => ({ ...WIDE, [aspect]: value });
    expect(reachBeyond(of(held), of(asked))).toMatchObject([{ field: aspect }]);
  });
});

const WIDE: KeyReach = {
  scopes: ['*'],
  livemode: true,
  allowed_ips: [],
  expires_at: null,
  requests_per_minute: null,
  may_exceed_plan: false,
};
