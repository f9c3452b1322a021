import fc from 'fast-check';
import { cloudEventsOf, parseCloudEvent, type Message } from './cloud-events';
import { type ParsedEvent, type ReportContext } from './parse-usage-event';

const context: ReportContext = {
  organizationId: '0195f000-0000-7000-8000-000000000001',
  livemode: true,
  apiKeyId: null,
  nowMs: Date.parse('2026-03-10T14:20:30Z'),
  metrics: new Map([
    ['api_calls', { aggregation: 'sum' }],
    ['user_sessions', { aggregation: 'unique' }],
  ]),
  storedIp: (ip) => ip,
};
const data = { route: '/a', status: 200, quantities: { api_calls: 2 } };
const cloudEvent = {
  specversion: '1.0',
  id: 'e-1',
  source: 'worker',
  type: 'com.example.call',
  time: '2026-03-10T14:00:00Z',
  traceparent: 'an extension attribute',
  data,
};
const base64 = (text: string | Uint8Array) => Buffer.from(text as string).toString('base64');
const messageOf = (result: ParsedEvent) => (result.ok ? 'accepted' : result.message);
const structured = (more: object) => parseCloudEvent({ ...cloudEvent, ...more }, context);
const parsedAll = (message: Partial<Message>) =>
  cloudEventsOf({ body: null, contentType: 'application/json', headers: [], ...message })?.map((parse) =>
    parse(context),
  );

describe('the JSON format', () => {
  it('takes id, source and time from the envelope and the rest from data', () => {
    expect(parseCloudEvent(cloudEvent, context)).toMatchObject({
      ok: true,
      event: {
        id: 'e-1',
        occurredAtMs: Date.parse('2026-03-10T14:00:00Z'),
        route: '/a',
        status: 200,
        quantities: { api_calls: 2 },
      },
    });
  });

  it('reads an attribute that is null as one that is absent, and refuses one that is required', () => {
    const nulls = { time: null, subject: null, dataschema: null, datacontenttype: null, data_base64: null };
    expect(structured({ ...nulls, traceparent: null })).toMatchObject({ event: { occurredAtMs: context.nowMs } });
    for (const name of ['specversion', 'id', 'source', 'type'])
      expect(messageOf(structured({ [name]: null }))).toContain(`${name}:`);
  });

  it('takes data_base64 for data, whatever parameters the content type of the data has', () => {
    const encoded = { data: undefined, data_base64: base64(JSON.stringify(data)) };
    for (const datacontenttype of [undefined, 'application/json; charset="UTF-8"', 'application/vnd.example+json;v=2'])
      expect(structured({ ...encoded, datacontenttype })).toEqual(structured({}));
  });

  it.each([
    ['another version', { specversion: '0.3' }, 'specversion:'],
    ['an empty id', { id: '' }, 'id:'],
    ['an empty source', { source: '' }, 'source:'],
    ['an empty type', { type: '' }, 'type:'],
    ['a subject that is empty', { subject: '' }, 'subject:'],
    ['a time that is none', { time: 'yesterday' }, 'time:'],
    ['no data', { data: undefined }, 'data:'],
    ['data without quantities', { data: {} }, 'data.quantities:'],
    ['data that is text', { data: '{"quantities":{"api_calls":1}}' }, 'data:'],
    ['data twice', { data_base64: base64(JSON.stringify(data)) }, 'data:'],
    ['data that is no Base64', { data: null, data_base64: 'e30' }, 'data_base64:'],
    ['data that is no JSON', { data: null, data_base64: base64('{') }, 'data_base64: expected JSON'],
    ['data that is not UTF-8', { data: null, data_base64: base64(Uint8Array.of(0x22, 0xff, 0x22)) }, 'UTF-8'],
    ['encoded data that lacks quantities', { data: null, data_base64: base64('{}') }, 'data_base64.quantities:'],
    ['data of another type', { datacontenttype: 'application/xml' }, 'datacontenttype:'],
    ['data in another charset', { datacontenttype: 'application/json; charset=utf-16' }, 'datacontenttype:'],
    ['half of a surrogate pair', { source: `${'s'.repeat(70)}\ud800` }, 'source:'],
  ])('rejects an event with %s, naming it', (_what, more, names) => {
    expect(messageOf(structured(more))).toContain(names);
  });

  it('reads times in any offset, in small letters and to any fraction, and keeps milliseconds', () => {
    const at = (time: string) => structured({ time });
    expect(at('2026-03-10t19:45:00.123456789+05:45')).toMatchObject({
      event: { occurredAtMs: Date.parse('2026-03-10T14:00:00.123Z') },
    });
    expect(at('2026-03-10T04:00:00-10:00')).toMatchObject({ event: { occurredAtMs: Date.parse(cloudEvent.time) } });
  });

  it('keeps long sources apart, and gives the same source the same name', () => {
    const nameOf = (source: string) => {
      const result = structured({ source });
      return result.ok ? JSON.stringify(result.event.source) : result.message;
    };
    const long = `https://example.com/${'services/'.repeat(20)}`;
    expect(new Set([`${long}a`, `${long}b`, `${long}a`, 'worker'].map(nameOf)).size).toBe(3);
    expect(nameOf(`${long}a`).length).toBeLessThan(130);
  });
});

describe('modes', () => {
  const headers: [string, string][] = [
    ['Content-Type', 'application/json'],
    ['CE-SpecVersion', '1.0'],
    ['ce-id', 'e-1'],
    ['ce-source', 'worker'],
    ['ce-type', 'com.example.call'],
    ['ce-time', cloudEvent.time],
    ['ce-traceparent', 'an extension attribute'],
  ];

  it('structured, batch and binary mode say the same', () => {
    const one = structured({});
    expect(parsedAll({ body: cloudEvent, contentType: 'Application/CloudEvents+JSON; charset=utf-8' })).toEqual([one]);
    expect(parsedAll({ body: [cloudEvent], contentType: 'application/cloudevents-batch+json; x=y' })).toEqual([one]);
    expect(parsedAll({ body: data, headers, contentType: 'application/json; charset="utf-8"' })).toEqual([one]);
  });

  it('structured mode goes by the content type, whatever headers stand beside it', () => {
    const contentType = 'application/cloudevents+json';
    expect(parsedAll({ body: cloudEvent, contentType, headers: [['ce-id', 'other']] })).toEqual([structured({})]);
  });

  it('is none where neither the content type nor a header says so', () => {
    expect(parsedAll({ body: cloudEvent })).toBeUndefined();
    expect(parsedAll({ body: cloudEvent, headers: [['ce-note', 'x']] })).toBeUndefined();
  });

  it('a batch may be empty, and has to be an array; an event format that is unknown here is refused', () => {
    const contentType = 'application/cloudevents-batch+json';
    expect(parsedAll({ body: [], contentType })).toEqual([]);
    expect(() => parsedAll({ body: {}, contentType })).toThrow('array');
    expect(() => parsedAll({ contentType: 'application/cloudevents+avro' })).toThrow('avro');
  });

  it('binary mode names the attribute that is missing', () => {
    const [result] = parsedAll({ body: data, headers: headers.filter(([name]) => name !== 'ce-type') })!;
    expect(result).toMatchObject({ ok: false, id: 'e-1', message: expect.stringContaining('type:') as string });
  });

  it('decodes what a header carries, once, and refuses what is not UTF-8 by the header', () => {
    const withSource = (value: string) =>
      parsedAll({
        body: data,
        headers: [...headers.filter(([name]) => name !== 'ce-source'), ['ce-source', value]],
      })![0]!;
    expect(withSource('%C3%BC%20%2525%22')).toEqual(structured({ source: 'ü %25"' }));
    expect(withSource('"a \\"quoted\\" source"')).toEqual(structured({ source: 'a "quoted" source' }));
    for (const broken of ['%ff', '%C3', '%zz', '%', 'Ã¼', 'a\tb'])
      expect(messageOf(withSource(broken))).toContain('ce-source: expected');
  });

  it('binary mode carries any text as structured mode does', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }), (source) => {
        fc.pre(source.isWellFormed());
        const encoded = encodeURIComponent(source);
        const sent: [string, string][] = [...headers.filter(([name]) => name !== 'ce-source'), ['ce-source', encoded]];
        expect(parsedAll({ body: data, headers: sent })).toEqual([structured({ source })]);
      }),
    );
  });
});

it('never throws, whatever event comes', () => {
  fc.assert(
    fc.property(fc.anything(), (input) => void parseCloudEvent(input, context)),
    { numRuns: 300 },
  );
});
