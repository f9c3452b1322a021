import fc from 'fast-check';
import { type RangeQuery } from '@/analytics/contracts';
import { createUsageQueries, type UsageQueries } from '@/analytics';
import { API_CALLS, CALLS, type EventSource, type UsageEvent } from '@/metering/contracts';
import { createLabelStore, createUsageStore } from '@/metering';
import { createMetricCatalogue } from '@/plans';
import { createApiKeyRow } from './builders';
import { createOrganization, type TestDatabase } from './test-database';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Metrics that the samples carry, one of each aggregation at least; `tries` counts events. */
export const SAMPLED_METRICS = [API_CALLS, 'ai_tokens', 'storage_gb', 'members', 'user_sessions', 'tries'];

interface Owner {
  id: string;
  keys: string[];
}

export interface SampleUsage {
  queries: UsageQueries;
  /** The instant at which the queries believe to be; events lie in the 45 days before it. */
  nowMs: number;
  /** The billing period that the queries are told: the last twenty days and today. */
  period: { from: Date; to: Date };
  ours: Owner;
  theirs: Owner;
}

/** Records 2,500 random events of one organization and 500 of another. */
export async function recordSampleUsage({ pool }: TestDatabase): Promise<SampleUsage> {
  const nowMs = Date.now();
  await pool.query(`insert into metrics (key, name, unit, aggregation) values ('tries', 'Tries', 'try', 'count')`);
  const catalogue = createMetricCatalogue({ pool });
  const store = createUsageStore({ pool, labels: createLabelStore({ pool }), catalogue, routeLimit: 500 });
  const owner = async (howMany: number): Promise<Owner> => {
    const { id } = await createOrganization(pool);
    const made = { id, keys: [(await createApiKeyRow(pool, id)).id, (await createApiKeyRow(pool, id)).id] };
    const events = sampleEvents(made, nowMs, howMany);
    for (let at = 0; at < events.length; at += 500) await store.record(events.slice(at, at + 500));
    return made;
  };
  const todayMs = Math.floor(nowMs / DAY_MS) * DAY_MS;
  const period = { from: new Date(todayMs - 20 * DAY_MS), to: new Date(todayMs + 10 * DAY_MS) };
  const clock = { now: () => new Date(nowMs) };
  const queries = createUsageQueries({ pool, catalogue, clock, billingPeriodOf: async () => period });
  return { queries, nowMs, period, ours: await owner(2_500), theirs: await owner(500) };
}

/** Random but plausible: many calls, a few other metrics, missing parts, several keys and routes. */
function sampleEvents(owner: Owner, nowMs: number, howMany: number): UsageEvent[] {
  const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { freq: 5 });
  const event = fc.record({
    id: fc.uuid(),
    organizationId: fc.constant(owner.id),
    source: fc.constantFrom<EventSource>(CALLS, { kind: 'reported', name: 'events' }),
    occurredAtMs: fc.integer({ min: nowMs - 45 * DAY_MS, max: nowMs }),
    livemode: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
    apiKeyId: maybe(fc.constantFrom(...owner.keys)),
    route: maybe(fc.constantFrom('/a', '/b/{id}', '=cmd()', '/d')),
    method: maybe(fc.constantFrom('GET', 'POST')),
    status: maybe(fc.constantFrom(200, 201, 304, 404, 429, 500, 503)),
    durationUs: maybe(fc.integer({ min: 1, max: 24 }).map((power) => 2 ** power + power)),
    requestBytes: maybe(fc.nat(10_000)),
    responseBytes: maybe(fc.nat(1_000_000)),
    userAgent: maybe(fc.constantFrom('curl/8', '+agent')),
    ip: maybe(fc.constantFrom('192.0.2.7', '2001:db8::1')),
    country: maybe(fc.constantFrom('DE', 'FR', 'US')),
    errorCode: fc.constant(null),
    quantities: fc
      .record(
        {
          api_calls: fc.integer({ min: 1, max: 2 }),
          ai_tokens: fc.integer({ min: 0, max: 8_000 }).map((n) => n / 8),
          storage_gb: fc.nat(50),
          members: fc.nat(20),
          user_sessions: fc.nat(30).map((n) => `session ${n}`),
          tries: fc.nat(5),
        },
        { requiredKeys: [API_CALLS] },
      )
      .map((quantities) => quantities as Record<string, number | string>),
  });
  return fc
    .sample(event, { numRuns: howMany, seed: howMany })
    .map((sample, n) => ({ ...sample, id: `${n}-${sample.id}` }));
}

/** Any range of up to 50 days in or around the samples, to the millisecond, of either mode, of all keys or one. */
export const sampleQuery = ({ nowMs, ours }: SampleUsage): fc.Arbitrary<RangeQuery> =>
  fc
    .record({
      fromMs: fc.integer({ min: nowMs - 50 * DAY_MS, max: nowMs }),
      lengthMs: fc.oneof(
        fc.integer({ min: 1, max: 50 * 24 }).map((hours) => hours * HOUR_MS),
        fc.integer({ min: 1, max: 50 * DAY_MS }),
        fc.integer({ min: 1, max: 3 * HOUR_MS }),
      ),
      mode: fc.constantFrom('live' as const, 'test' as const),
      key: fc.constantFrom(undefined, ...ours.keys),
    })
    .map(({ fromMs, lengthMs, mode, key }) => ({
      from: new Date(fromMs).toISOString(),
      to: new Date(fromMs + lengthMs).toISOString(),
      mode,
      ...(key !== undefined && { api_key_id: key }),
    }));
