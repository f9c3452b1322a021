import fc from 'fast-check';
import { parseUsageEvent, type ReportContext } from './parse-usage-event';
import { USAGE_COPY_COLUMNS, usageCopyRow } from './usage-copy-row';

const nowMs = Date.parse('2026-03-10T14:20:30Z');
const context: ReportContext = {
  organizationId: '0195f000-0000-7000-8000-000000000001',
  livemode: true,
  apiKeyId: null,
  nowMs,
  metrics: new Map([
    ['api_calls', { aggregation: 'sum' }],
    ['storage_gb', { aggregation: 'last' }],
    ['user_sessions', { aggregation: 'unique' }],
    ['members', { aggregation: 'max' }],
  ]),
  storedIp: (ip) => ip,
};
const minimal = { id: 'a', quantities: { api_calls: 1 } };
const rejection = (input: unknown) => {
  const result = parseUsageEvent(input, context);
  return result.ok ? 'accepted' : result.reason;
};

describe('parseUsageEvent', () => {
  it('takes no number of members from outside: they are counted where they are', () => {
    expect(rejection({ id: 'a', quantities: { members: 3 } })).toBe('invalid_event');
  });

  it('fills what is not said: now, source events, nothing else', () => {
    expect(parseUsageEvent(minimal, context)).toEqual({
      ok: true,
      event: {
        id: 'a',
        organizationId: context.organizationId,
        source: { kind: 'reported', name: 'events' },
        occurredAtMs: nowMs,
        livemode: true,
        apiKeyId: null,
        route: null,
        method: null,
        status: null,
        durationUs: null,
        requestBytes: null,
        responseBytes: null,
        userAgent: null,
        ip: null,
        country: null,
        errorCode: null,
        quantities: { api_calls: 1 },
      },
    });
  });

  it('takes an event from 2000 to one hour ahead, bounds included, and names the bound that another breaks', () => {
    const at = (ms: number) => ({ ...minimal, occurred_at: new Date(ms).toISOString() });
    expect(rejection(at(nowMs + 3_600_000))).toBe('accepted');
    expect(rejection(at(nowMs + 3_600_001))).toBe('too_late');
    expect(rejection(at(Date.UTC(2000, 0, 1)))).toBe('accepted');
    expect(rejection(at(Date.UTC(2000, 0, 1) - 1))).toBe('too_early');
    expect(rejection({ ...minimal, occurred_at: '2026-02-30T00:00:00Z' })).toBe('invalid_event');
  });

  it('reads an instant with an offset as the same instant in UTC', () => {
    const result = parseUsageEvent({ ...minimal, occurred_at: '2026-03-10T14:20:30+05:30' }, context);
    expect(result).toMatchObject({ event: { occurredAtMs: nowMs - 5.5 * 3_600_000 } });
  });

  it('keeps every digit of a quantity, as a string where no number holds it', () => {
    const parsed = (quantity: number | string) => {
      const result = parseUsageEvent({ id: 'a', quantities: { api_calls: quantity } }, context);
      return result.ok ? result.event.quantities.api_calls : result.reason;
    };
    expect(parsed(1_000_000_000_000_001)).toBe(1_000_000_000_000_001);
    expect(parsed('10000000000000001')).toBe('10000000000000001');
    expect(parsed(0.1 + 0.2)).toBe(0.3);
    expect(parsed(2 ** 53)).toBe('invalid_event');
    expect(parsed(-0.1)).toBe('invalid_event');
  });

  it('takes text as a quantity only where distinct values are counted', () => {
    expect(rejection({ id: 'a', quantities: { user_sessions: 'session 1' } })).toBe('accepted');
    expect(rejection({ id: 'a', quantities: { user_sessions: 7 } })).toBe('accepted');
    expect(rejection({ id: 'a', quantities: { api_calls: '7' } })).toBe('invalid_event');
    expect(rejection({ id: 'a', quantities: { api_calls: '1000000000000000001' } })).toBe('invalid_event');
    expect(rejection({ id: 'a', quantities: { storage_gb: 'much' } })).toBe('invalid_event');
    expect(rejection({ id: 'a', quantities: { nothing: 1 } })).toBe('unknown_metric');
    expect(rejection({ id: 'a', quantities: { toString: 1 } })).toBe('unknown_metric');
  });

  it.each([
    ['no object', 'text'],
    ['nothing', null],
    ['an unknown field', { ...minimal, colour: 'red' }],
    ['a negative quantity', { id: 'a', quantities: { api_calls: -1 } }],
    ['no quantity', { id: 'a', quantities: {} }],
    ['a status that is none', { ...minimal, status: 99 }],
    ['a duration that the column cannot hold', { ...minimal, duration_ms: 2_147_484 }],
    ['NUL in its id', { ...minimal, id: 'a\0b' }],
    ['half of a surrogate pair', { id: 'a', quantities: { user_sessions: '\ud800' } }],
  ])('rejects an event with %s, and says why', (_what, input) => {
    const result = parseUsageEvent(input, context);
    expect(result).toMatchObject({ ok: false, reason: 'invalid_event' });
    expect(result.ok ? '' : result.message).not.toBe('');
  });

  it('keeps only as much of an address as may be stored', () => {
    const none: ReportContext = { ...context, storedIp: () => null };
    expect(parseUsageEvent({ ...minimal, ip: '192.0.2.7' }, none)).toMatchObject({ event: { ip: null } });
  });

  it('never throws, whatever comes, and accepts only what one line of the batch can carry', () => {
    const quantities = fc.dictionary(
      fc.constantFrom('api_calls', 'user_sessions', 'storage_gb'),
      fc.oneof(fc.double(), fc.string({ unit: 'binary' })),
    );
    const close = fc.record(
      {
        id: fc.string({ unit: 'binary' }),
        quantities,
        source: fc.string(),
        route: fc.string({ unit: 'binary' }),
        status: fc.integer(),
      },
      { requiredKeys: ['id', 'quantities'] },
    );
    const isDistinct = (metric: string) => metric === 'user_sessions';
    fc.assert(
      fc.property(fc.oneof(fc.anything(), close), (input) => {
        const result = parseUsageEvent(input, context);
        if (!result.ok) return;
        const line = usageCopyRow(0, result.event, { sourceId: '1', routeId: null, userAgentId: null }, isDistinct);
        expect(line.endsWith('\n') && line.indexOf('\n') === line.length - 1).toBe(true);
        expect(line.split('\t')).toHaveLength(USAGE_COPY_COLUMNS.split(',').length);
      }),
      { numRuns: 500 },
    );
  });
});
