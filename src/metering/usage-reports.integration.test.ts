import { createMetricCatalogue } from '@/plans';
import { createOrganization, createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { type Message } from './cloud-events';
import { createLabelStore } from './label-store';
import { createUsageReports, type Reporter, type UsageReports } from './usage-reports';
import { createUsageStore } from './usage-store';

const JSON_TYPE = 'application/json';
const clock = { now: () => new Date() };
let database: TestDatabase;
let reports: UsageReports;
let reporter: Reporter;

const message = (body: unknown, contentType = JSON_TYPE, headers: Record<string, string> = {}): Message => ({
  body,
  contentType,
  headers: Object.entries(headers),
});
const reportsOn = ({ pool }: TestDatabase): UsageReports => {
  const catalogue = createMetricCatalogue({ pool });
  const store = createUsageStore({ pool, labels: createLabelStore({ pool }), catalogue, routeLimit: 500 });
  return createUsageReports({ store, catalogue, clock, storedIp: (ip) => ip });
};
const counted = async () => {
  const { rows } = await database.pool.query<{ events: number; quantity: number }>(
    `select coalesce(sum(events), 0)::int as events, coalesce(sum(quantity_sum), 0)::int as quantity from usage_rollups
     where organization_id = $1 and metric = 'api_calls'`,
    [reporter.organizationId],
  );
  return rows[0]!;
};
const event = (id: string, more: object = {}) => ({ id, quantities: { api_calls: 1 }, ...more });

beforeAll(async () => {
  database = await createTestDatabase();
  reports = reportsOn(database);
});
beforeEach(async () => {
  const { id } = await createOrganization(database.pool);
  reporter = { organizationId: id, livemode: true, apiKeyId: null };
});
afterAll(() => database.drop());

describe('reported events', () => {
  it('are recorded beside bad ones, each answered in its place', async () => {
    const body = [
      event('a'),
      { id: 'b', quantities: { nothing: 1 } },
      event('a'),
      'no event',
      event('c', { occurred_at: '1999-12-31T23:59:59Z' }),
      event('d', { route: '/v1/x', ip: '::ffff:192.0.2.1', user_agent: 'tab\there' }),
    ];
    const response = await reports.record(reporter, message(body));
    expect(response.results.map(({ id, outcome, reason }) => [id, outcome, reason])).toEqual([
      ['a', 'accepted', undefined],
      ['b', 'rejected', 'unknown_metric'],
      ['a', 'duplicate', undefined],
      [null, 'rejected', 'invalid_event'],
      ['c', 'rejected', 'too_early'],
      ['d', 'accepted', undefined],
    ]);
    expect(response).toMatchObject({ accepted: 2, duplicates: 1, rejected: 3 });
    expect(await counted()).toEqual({ events: 2, quantity: 2 });
  });

  it('count once when they are sent again, whatever time the retry carries', async () => {
    await reports.record(reporter, message(event('a', { occurred_at: '2026-01-05T00:00:00Z' })));
    const again = await reports.record(reporter, message({ events: [event('a')] }));
    expect(again).toMatchObject({ accepted: 0, duplicates: 1 });
    expect(await counted()).toEqual({ events: 1, quantity: 1 });
  });

  it('may be CloudEvents, alone or in a batch', async () => {
    const cloudEvent = (id: string) => ({
      specversion: '1.0',
      id,
      source: 's',
      type: 't',
      data: { quantities: { api_calls: 3 } },
    });
    await reports.record(reporter, message(cloudEvent('a'), 'application/cloudevents+json; charset=utf-8'));
    await reports.record(reporter, message([cloudEvent('a'), cloudEvent('b')], 'application/cloudevents-batch+json'));
    expect(await counted()).toEqual({ events: 2, quantity: 6 });
  });

  it('may be one CloudEvent in binary mode, the same event as in the other modes', async () => {
    const headers = { 'Ce-SpecVersion': '1.0', 'ce-id': 'a', 'ce-source': 's', 'ce-type': 't' };
    const data = { quantities: { api_calls: 3 } };
    const structured = { specversion: '1.0', id: 'a', source: 's', type: 't', data };
    await reports.record(reporter, message(data, JSON_TYPE, headers));
    const again = await reports.record(reporter, message(structured, 'application/cloudevents+json'));
    expect(again).toMatchObject({ accepted: 0, duplicates: 1 });
    expect(await counted()).toEqual({ events: 1, quantity: 3 });
  });

  it('may be an empty batch of CloudEvents, which is one by the specification', async () => {
    const batch = message([], 'application/cloudevents-batch+json');
    expect(await reports.record(reporter, batch)).toEqual({ accepted: 0, duplicates: 0, rejected: 0, results: [] });
  });

  it('are refused together when there are none, too many, or the body is of no known shape', async () => {
    const refused = { code: 'invalid_request' };
    const many = Array.from({ length: 1_001 }, (_, n) => event(`e${n}`));
    for (const body of [[], many, { events: 1 }, { events: [], more: 1 }]) {
      await expect(reports.record(reporter, message(body))).rejects.toMatchObject(refused);
    }
    expect((await reports.record(reporter, message(many.slice(1)))).accepted).toBe(1_000);
  });

  it('are none of them recorded when the database is gone, and may be sent again', async () => {
    const gone = await createTestDatabase();
    const orphaned = reportsOn(gone);
    const cold = reportsOn(gone);
    const known = await createOrganization(gone.pool);
    await orphaned.record({ ...reporter, organizationId: known.id }, message(event('warm')));
    await gone.drop();
    for (const reader of [orphaned, cold]) {
      const refused = { code: 'unavailable', retryable: true };
      await expect(reader.record(reporter, message(event('a')))).rejects.toMatchObject(refused);
    }
    expect((await reports.record(reporter, message(event('a')))).accepted).toBe(1);
  });
});

describe('track', () => {
  it('counts one metric, and the same id once', async () => {
    const input = { metric: 'api_calls', quantity: 5 };
    expect((await reports.track(reporter, input)).accepted).toBe(1);
    expect((await reports.track(reporter, input)).accepted).toBe(1);
    await reports.track(reporter, { ...input, id: 'x' });
    expect(await reports.track(reporter, { ...input, id: 'x' })).toMatchObject({ accepted: 0, duplicates: 1 });
    expect(await counted()).toEqual({ events: 3, quantity: 15 });
  });

  it('refuses what it cannot count', async () => {
    await expect(reports.track(reporter, { metric: 'nothing', quantity: 1 })).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });
});
