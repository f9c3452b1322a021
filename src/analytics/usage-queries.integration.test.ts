import fc from 'fast-check';
import { API_CALLS } from '@/metering/contracts';
import { createLabelStore, createUsageStore } from '@/metering';
import { createMetricCatalogue } from '@/plans';
import { recordSampleUsage, SAMPLED_METRICS, sampleQuery, type SampleUsage } from '@/testing/sample-usage';
import { createOrganization, createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { recountUsage } from '@/testing/recount-usage';
import { buildUsageEvent } from '@/testing/usage-event-builder';
import { type HistoryQuery, type RangeQuery } from './contracts';
import { type UsageQueries } from './usage-queries';

const DAY_MS = 86_400_000;

let database: TestDatabase;
let usage: SampleUsage;
let queries: UsageQueries;

beforeAll(async () => {
  database = await createTestDatabase();
  usage = await recordSampleUsage(database);
  queries = usage.queries;
}, 60_000);
afterAll(() => database.drop());

describe('history', () => {
  it.each(SAMPLED_METRICS)(
    'of %s equals a recount of the raw events, over any range, mode, key and route',
    async (metric) => {
      await fc.assert(
        fc.asyncProperty(
          sampleQuery(usage),
          fc.constantFrom('hour' as const, 'day' as const),
          fc.constantFrom(undefined, '/b/{id}', '(other)'),
          async (range, interval, route) => {
            const distinct = metric === 'user_sessions';
            const short = Date.parse(range.to!) - Date.parse(range.from!) <= 30 * DAY_MS;
            const query: HistoryQuery = {
              ...range,
              ...(distinct ? { api_key_id: undefined } : route !== undefined && { route }),
              metric,
              interval: !distinct && short ? interval : 'day',
            };
            const history = await queries.history(usage.ours.id, query);
            const expected = await recountUsage(
              database.pool,
              usage.ours.id,
              query,
              history.period,
              metric,
              history.interval,
            );
            const found = history.points.filter(({ requests }) => requests > 0);
            expect(history.period).toEqual({ from: query.from, to: query.to });
            for (const [place, row] of expected.entries()) {
              const { at, successes, quantity, ...traffic } = found[place]!;
              const { at: bucket, quantity: exact, ...exactTraffic } = row as { at: Date; quantity: number | null };
              expect(at).toBe(bucket.toISOString());
              expect(traffic).toEqual(exactTraffic);
              expect(successes).toBe(traffic.requests - traffic.client_errors - traffic.server_errors);
              expect(quantity).toBe(exact ?? 0);
            }
            expect(found).toHaveLength(expected.length);
          },
        ),
        { numRuns: 25 },
      );
    },
    60_000,
  );

  it('of distinct values is by whole UTC days where it counts back from now', async () => {
    const query = { mode: 'live' as const, metric: 'user_sessions', days: 7 };
    const history = await queries.history(usage.ours.id, query);
    expect([history.period.from, history.period.to].map((at) => Date.parse(at) % DAY_MS)).toEqual([0, 0]);
    expect(history.points).toHaveLength(8);
    const expected = await recountUsage(database.pool, usage.ours.id, query, history.period, 'user_sessions', 'day');
    const quantities = history.points.filter(({ requests }) => requests > 0).map(({ quantity }) => quantity);
    expect(quantities).toEqual(expected.map(({ quantity }) => quantity ?? 0));
  });

  it('refuses to cut an hour whose events are no longer kept, and answers for whole hours all the same', async () => {
    const { pool } = database;
    const { id } = await createOrganization(pool);
    const catalogue = createMetricCatalogue({ pool });
    const store = createUsageStore({ pool, labels: createLabelStore({ pool }), catalogue, routeLimit: 500 });
    const dayMs = Math.floor(Date.now() / DAY_MS) * DAY_MS - 100 * DAY_MS;
    const hourMs = dayMs + 10 * 3_600_000;
    const iso = (minutes: number) => new Date(hourMs + minutes * 60_000).toISOString();
    const events = [1, 20, 40].map((minute) =>
      buildUsageEvent({
        organizationId: id,
        occurredAtMs: hourMs + minute * 60_000,
        method: 'BREW',
        quantities: { api_calls: 1, user_sessions: `s${minute}` },
      }),
    );
    await store.record(events);
    const range = { mode: 'live' as const, from: iso(10), to: iso(120) };
    const whole = { ...range, from: iso(0) };
    expect((await queries.stats(id, range)).by_method).toEqual([{ key: 'OTHER', requests: 2 }]);
    await pool.query('delete from usage_events where organization_id = $1 and occurred_at < $2', [
      id,
      new Date(hourMs + 5 * 60_000),
    ]);
    await pool.query('update usage_ledgers set raw_from = $2 where organization_id = $1', [
      id,
      new Date(dayMs + DAY_MS),
    ]);
    const refused = { code: 'invalid_request', message: expect.stringContaining(iso(0)) as string };
    await expect(queries.stats(id, range)).rejects.toMatchObject(refused);
    await expect(queries.byEndpoint(id, range)).rejects.toMatchObject(refused);
    await expect(queries.trends(id, range)).rejects.toMatchObject(refused);
    await expect(queries.history(id, { ...range, metric: API_CALLS })).rejects.toMatchObject(refused);
    await expect(queries.history(id, { ...whole, metric: 'user_sessions' })).rejects.toMatchObject(refused);
    const midnight = new Date(dayMs + DAY_MS).toISOString();
    await expect(queries.exportEvents(id, { ...range, from: iso(-5_000) }).next()).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining(`Begin at ${midnight}`) as string,
    });
    expect((await queries.exportEvents(id, { mode: 'live', from: midnight }).next()).done).toBe(true);
    expect((await queries.stats(id, whole)).requests).toBe(3);
    expect((await queries.history(id, { ...whole, metric: API_CALLS })).points.map(({ requests }) => requests)).toEqual(
      [3, 0],
    );
  });

  it('has a point for every hour or day, with zeros where nothing happened', async () => {
    const of = { mode: 'live' as const, metric: API_CALLS };
    const midnightMs = Math.floor(Date.now() / DAY_MS) * DAY_MS;
    const daysAgo = (days: number) => new Date(midnightMs - days * DAY_MS).toISOString();
    const history = await queries.history(usage.ours.id, { ...of, from: daysAgo(304), to: daysAgo(300) });
    expect(history.points).toHaveLength(96);
    expect(history.points.every(({ requests, quantity }) => requests === 0 && quantity === 0)).toBe(true);
    // Older than sums per hour are kept.
    const old = { ...of, from: daysAgo(504), to: daysAgo(500) };
    expect((await queries.history(usage.ours.id, old)).points).toHaveLength(4);
    const refused = { code: 'invalid_request' };
    await expect(queries.history(usage.ours.id, { ...old, interval: 'hour' })).rejects.toMatchObject(refused);
    await expect(queries.history(usage.ours.id, { ...old, metric: 'user_sessions' })).rejects.toMatchObject(refused);
    expect((await queries.history(usage.ours.id, { mode: 'live', metric: API_CALLS, days: 30 })).points).toHaveLength(
      30,
    );
  });

  it('refuses what cannot be answered: unknown metrics, a year by the hour, distinct values by the hour, key or route', async () => {
    const refused = { code: 'invalid_request' };
    const base = { mode: 'live' as const, metric: API_CALLS };
    await expect(queries.history(usage.ours.id, { ...base, metric: 'nothing' })).rejects.toMatchObject(refused);
    await expect(queries.history(usage.ours.id, { ...base, days: 365, interval: 'hour' })).rejects.toMatchObject(
      refused,
    );
    await expect(
      queries.history(usage.ours.id, { ...base, metric: 'user_sessions', interval: 'hour' }),
    ).rejects.toMatchObject(refused);
    await expect(
      queries.history(usage.ours.id, { ...base, metric: 'user_sessions', api_key_id: usage.ours.keys[0]! }),
    ).rejects.toMatchObject(refused);
    await expect(
      queries.history(usage.ours.id, { ...base, metric: 'user_sessions', route: '/a' }),
    ).rejects.toMatchObject(refused);
  });
});

describe('stats and endpoints', () => {
  it('count every status, method, country and endpoint of the range as the raw events do', async () => {
    await fc.assert(
      fc.asyncProperty(sampleQuery(usage), async (query) => {
        const stats = await queries.stats(usage.ours.id, query);
        for (const [kind, column] of [
          ['by_status', 'status'],
          ['by_method', 'method'],
          ['by_country', 'country'],
        ] as const) {
          const { rows } = await database.pool.query<{ key: string; requests: number }>(
            `select ${column}::text as key, count(*)::int as requests from usage_events
             where organization_id = $1 and livemode = $2 and occurred_at >= $3 and occurred_at < $4 and ($5::uuid is null or api_key_id = $5)
               and ${column} is not null
             group by 1 order by 2 desc, 1`,
            [usage.ours.id, query.mode === 'live', stats.period.from, stats.period.to, query.api_key_id ?? null],
          );
          expect(stats[kind]).toEqual(rows);
        }
        const { endpoints } = await queries.byEndpoint(usage.ours.id, query);
        expect(endpoints.map(({ route, requests }) => ({ key: route, requests }))).toEqual(stats.by_endpoint);
        expect(endpoints.reduce((sum, { requests }) => sum + requests, 0)).toBe(stats.requests);
        expect(endpoints.reduce((sum, { errors }) => sum + errors, 0)).toBe(stats.client_errors + stats.server_errors);
      }),
      { numRuns: 20 },
    );
  }, 60_000);

  it('give percentiles within 1 % of the exact ones, of all requests and of each route', async () => {
    const query: RangeQuery = { mode: 'live', days: 40 };
    const stats = await queries.stats(usage.ours.id, query);
    const { endpoints } = await queries.byEndpoint(usage.ours.id, query);
    const exactOf = async (route: string | null) => {
      const { rows } = await database.pool.query<{ ms: number[]; mean: number }>(
        `select array[percentile_disc(0.5) within group (order by duration_us), percentile_disc(0.95) within group (order by duration_us),
           percentile_disc(0.99) within group (order by duration_us)]::float8[] as ms, avg(duration_us)::float8 as mean
         from usage_events e left join usage_labels l on l.id = e.route_id
         where organization_id = $1 and livemode and occurred_at >= $2 and occurred_at < $3
           and ($4::text is null or coalesce(l.label, '(other)') = $4)`,
        [usage.ours.id, stats.period.from, stats.period.to, route],
      );
      return rows[0]!;
    };
    expect(endpoints).toHaveLength(5);
    for (const { route, latency } of [{ route: null, latency: stats.latency }, ...endpoints]) {
      const { ms, mean } = await exactOf(route);
      const estimates = [latency.p50_ms, latency.p95_ms, latency.p99_ms];
      for (const [place, us] of ms.entries())
        expect(Math.abs(estimates[place]! * 1000 - us) / us).toBeLessThanOrEqual(0.0101);
      expect(latency.mean_ms).toBeCloseTo(mean / 1000, 2);
    }
  });

  it('answer with zeros, and no percentiles, where nothing happened', async () => {
    const stats = await queries.stats(usage.ours.id, {
      mode: 'live',
      from: '2001-01-01T00:00:00Z',
      to: '2001-01-05T00:00:00Z',
    });
    expect(stats).toMatchObject({
      requests: 0,
      error_rate: 0,
      by_status: [],
      latency: { p50_ms: null, mean_ms: null },
    });
  });
});

describe('current period, trends and summary', () => {
  it('names every metric of the catalogue with its quantity in the billing period', async () => {
    const current = await queries.currentPeriod(usage.ours.id, { mode: 'live' });
    expect(current.period).toEqual({ from: usage.period.from.toISOString(), to: usage.period.to.toISOString() });
    expect(current.metrics[0]!.metric).toBe(API_CALLS);
    const recounts = {
      api_calls: 'sum(q::numeric)',
      ai_tokens: 'sum(q::numeric)',
      // Of two reports at one instant the later stored; the samples are numbered in that order.
      storage_gb: `(array_agg(q::numeric order by occurred_at desc, split_part(external_id, '-', 1)::int desc))[1]`,
      members: 'max(q::numeric)',
      user_sessions: 'count(distinct q)',
      tries: 'count(*)',
    };
    for (const [metric, recount] of Object.entries(recounts)) {
      const { rows } = await database.pool.query<{ quantity: number; events: number }>(
        `select coalesce(${recount}, 0)::float8 as quantity, count(*)::int as events
         from (select *, quantities ->> $4 as q from usage_events) e
         where organization_id = $1 and livemode and occurred_at >= $2 and occurred_at < $3 and q is not null`,
        [usage.ours.id, current.period.from, current.period.to, metric],
      );
      expect(current.metrics.find((row) => row.metric === metric)).toMatchObject(rows[0]!);
    }
    expect(current.metrics.find(({ metric }) => metric === 'call_minutes')).toMatchObject({ quantity: 0, events: 0 });
  });

  it('compare a range with the equal one before it', async () => {
    const trends = await queries.trends(usage.ours.id, { mode: 'live', days: 7 });
    expect(trends.previous_period.to).toBe(trends.period.from);
    const before = await queries.stats(usage.ours.id, { mode: 'live', ...trends.previous_period });
    const current = await queries.stats(usage.ours.id, { mode: 'live', ...trends.period });
    expect(trends.requests).toEqual({
      current: current.requests,
      previous: before.requests,
      change: (current.requests - before.requests) / before.requests,
    });
    const summary = await queries.summary(usage.ours.id, { mode: 'live', days: 7 });
    expect(summary.trend).toEqual(trends);
    expect(summary.top_endpoints).toHaveLength(5);
  });
});
