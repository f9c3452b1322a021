/** Scripts of a year of one organization, at random: plans with prices of every kind, and what happens in each period. */
import fc from 'fast-check';
import { priceModels } from '../price-models';
import { YEAR_METRICS, type YearPlan } from './reckon-year';

type ValueOf<A> = A extends fc.Arbitrary<infer T> ? T : never;

const HOUR_MS = 3_600_000;
const PERIODS = 13;

const metric = fc.constantFrom(...YEAR_METRICS);
const small = fc.nat(30);

const limit = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      included: small,
      overageLimit: fc.option(fc.integer({ min: 1, max: 60 })),
      price: priceModels,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ included: fc.option(small), overageLimit: fc.constant(null), price: fc.constant(null) }),
  },
);
const plan: fc.Arbitrary<YearPlan> = fc.record({
  priceMinor: fc.oneof(fc.constantFrom(0, 1, 4_900), fc.nat(100_000)),
  limits: fc.record(Object.fromEntries(YEAR_METRICS.map((key) => [key, limit])), { requiredKeys: [] }),
});

const quantities = fc
  .record(
    {
      documents: fc.integer({ min: 1, max: 12 }),
      tries: fc.integer({ min: 1, max: 5 }),
      storage_gb: fc.nat(40),
      peak: fc.nat(40),
    },
    { requiredKeys: [] },
  )
  .filter((given) => Object.keys(given).length > 0);
/** How long before it is recorded an event happened; some fall on the first or last instant of a period. */
const event = fc.record({
  agoMs: fc.oneof({ weight: 5, arbitrary: fc.nat(12 * HOUR_MS) }, { weight: 2, arbitrary: fc.nat(75 * 24 * HOUR_MS) }),
  edge: fc.constantFrom(null, null, null, null, 0, -1),
  quantities,
});

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('record' as const),
      events: fc.array(event, { minLength: 1, maxLength: 5 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('plan' as const), plan: fc.nat(2), byAdmin: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('cancel' as const, 'resume' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('trial' as const),
      plan: fc.nat(2),
      days: fc.integer({ min: 1, max: 20 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('override' as const),
      metric,
      included: fc.option(fc.oneof(small, fc.constant('unlimited' as const))),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('grant' as const), metric, units: fc.integer({ min: 1, max: 20 }) }),
  },
);
export type YearStep = ValueOf<typeof step>;

const billing = fc.record({
  kind: fc.constant('bill' as const),
  how: fc.oneof(
    { weight: 3, arbitrary: fc.constant('alone' as const) },
    { weight: 1, arbitrary: fc.constant('two at once' as const) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 14 }).map((queries) => ({ killedAt: queries })) },
  ),
});
export type YearBilling = ValueOf<typeof billing>;

/** When in its period something happens, as a share of it. */
const timed = fc.record({
  share: fc.oneof(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.constant(0)),
  step,
});
const period = fc.record({
  steps: fc.array(timed, { maxLength: 7 }),
  /** Whether it is closed before it is billed, and after how long. */
  closedAfterMs: fc.option(fc.nat(4 * HOUR_MS), { freq: 2 }),
  /** Where it is not, it is billed with the next one. */
  billed: fc.option(fc.record({ afterMs: fc.integer({ min: HOUR_MS, max: 80 * HOUR_MS }), billing }), { freq: 8 }),
});

export const yearScripts = fc.record({
  signedUpAt: fc.constantFrom(
    '2026-01-01',
    '2027-04-15',
    '2024-02-29',
    '2026-01-29',
    '2026-01-30',
    '2027-01-31',
    '2027-12-31',
  ),
  zeroInvoices: fc.constantFrom('skip' as const, 'issue' as const),
  plans: fc.tuple(plan, plan, plan),
  /** The plan it begins on; null is the free one. */
  first: fc.option(fc.nat(2)),
  periods: fc.array(period, { minLength: PERIODS, maxLength: PERIODS }),
});
export type YearScript = ValueOf<typeof yearScripts>;
