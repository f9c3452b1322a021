import fc from 'fast-check';
import { type ExportedEvent } from './contracts';
import { encodeExport } from './encode-export';
import { neutraliseCell } from './neutralise-cell';

const event = (more: Partial<ExportedEvent> = {}): ExportedEvent => ({
  id: 'a',
  source: 'events',
  occurred_at: '2026-03-10T14:20:30.456Z',
  stored_at: '2026-03-10T14:20:31.000Z',
  livemode: true,
  api_key_id: null,
  route: null,
  method: null,
  status: null,
  duration_ms: null,
  request_bytes: null,
  response_bytes: null,
  user_agent: null,
  ip: null,
  country: null,
  error_code: null,
  quantities: { api_calls: 1 },
  ...more,
});

async function* batchesOf(...batches: ExportedEvent[][]) {
  yield* batches;
}
async function encoded(batches: ExportedEvent[][], format: 'csv' | 'json'): Promise<string> {
  let text = '';
  for await (const part of encodeExport(batchesOf(...batches), format)) text += part;
  return text;
}

describe('neutraliseCell', () => {
  it('leaves no text that begins like a formula', () => {
    fc.assert(
      fc.property(fc.constantFrom('=', '+', '-', '@', '\t', '\r', '\n', '\uff1d'), fc.string(), (start, rest) => {
        fc.pre(!/^\d+(\.\d+)?$/.test(rest) || !'+-'.includes(start));
        expect(neutraliseCell(start + rest)).toBe(`'${start}${rest}`);
      }),
    );
  });

  it('changes no number and no other text', () => {
    for (const text of ['-12.5', '+3', '0', '', 'GET', "'=1", '/v1/a=b', '1-2'])
      expect(neutraliseCell(text)).toBe(text);
    for (const text of ['-1+cmd', '+1-1', '-', '=1', '--1', '-1.']) expect(neutraliseCell(text)).toBe(`'${text}`);
  });
});

describe('encodeExport', () => {
  it('writes one header, whatever the number of batches', async () => {
    const text = await encoded([[event()], [event({ id: 'b' })]], 'csv');
    const lines = text.split('\r\n');
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(/^id,source,occurred_at,/);
    expect(lines[2]).toMatch(/^b,events,2026-03-10T14:20:30\.456Z,2026-03-10T14:20:31\.000Z,true,/);
  });

  it('neutralises what callers control and quotes what would break a line', async () => {
    const text = await encoded(
      [[event({ id: '=HYPERLINK("http://x")', user_agent: '@SUM(1)', route: '/a,b\r\nc', error_code: '+cmd' })]],
      'csv',
    );
    expect(text).toContain(`"'=HYPERLINK(""http://x"")"`);
    expect(text).toContain(`,'@SUM(1),`);
    expect(text).toContain(`,"/a,b\r\nc",`);
    expect(text).toContain(`,'+cmd,`);
  });

  it('writes JSON that parses to the same events', async () => {
    const events = ['a', 'b', 'c'].map((id) => event({ id }));
    expect(JSON.parse(await encoded([events.slice(0, 2), events.slice(2)], 'json'))).toEqual(events);
  });

  it('is a header, or an empty array, where there are no events', async () => {
    expect(await encoded([], 'csv')).toMatch(/^id,source,[a-z_,]+\r\n$/);
    expect(JSON.parse(await encoded([], 'json'))).toEqual([]);
  });
});
