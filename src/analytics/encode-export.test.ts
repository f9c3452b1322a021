import fc from 'fast-check';
import { type ExportedEvent } from './contracts';
import { encodeExport } from './encode-export';
import { neutraliseCell } from './neutralise-cell';

const event = (more: Partial<ExportedEvent> = {}): ExportedEvent => ({
  id: 'a',
  source: 'events',
  source_kind: 'reported',
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

/** The records of RFC 4180, read by its grammar alone: whatever it does not allow throws. */
function recordsOf(text: string): string[][] {
  const records: string[][] = [[]];
  const field = /"((?:[^"]|"")*)"|([^",\r\n]*)/y;
  for (let at = 0; at < text.length;) {
    field.lastIndex = at;
    const match = field.exec(text)!;
    records.at(-1)!.push(match[1] === undefined ? match[2]! : match[1].replaceAll('""', '"'));
    at = field.lastIndex;
    if (text[at] === ',') at += 1;
    else if (text.startsWith('\r\n', at)) {
      at += 2;
      if (at < text.length) records.push([]);
    } else throw new Error(`${JSON.stringify(text.slice(at, at + 20))} ends no field`);
  }
  return records;
}

/** What a reader who splits at `separator`, and at every line break, may take for the beginning of a cell. */
const cellsOf = (text: string, separator: string): string[] => text.split(new RegExp(`[${separator}\r\n]`));

/** Texts made of what matters to one reader or another. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(...'=+-@;,"\'\t\r\n \u00a0\u200b\ufeff\uff1d', '=cmd()', 'a', '1', '\r\n'),
      fc.string({ unit: 'binary', maxLength: 3 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join('').replaceAll('\0', '').toWellFormed());

describe('neutraliseCell', () => {
  it('leaves no text that begins like a formula, whatever blanks or quotes stand before it', () => {
    for (const text of [
      '=1',
      '+1',
      '-12.5',
      '@SUM(1)',
      ' =1',
      '"=1',
      '\u00a0=1',
      '\ufeff+1',
      '\uff1d1',
      '\t',
      '\r',
      '\na',
    ])
      expect(neutraliseCell(text)).toBe(`'${text}`);
  });

  it('neutralises what is a cell of its own to readers who split at semicolons, tabs or line breaks', () => {
    expect(neutraliseCell('a;=1')).toBe("a;'=1");
    expect(neutraliseCell('a\t=1')).toBe("a\t'=1");
    expect(neutraliseCell('a\r\n "=1')).toBe("a\r'\n' \"=1");
  });

  it('changes no other text', () => {
    for (const text of ['0', '', 'GET', "'=1", '/v1/a=b', '1-2', 'a; b', 'Mozilla/5.0 (X11; Linux)'])
      expect(neutraliseCell(text)).toBe(text);
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

  it('is RFC 4180 for every byte: what is read back is what was written, apostrophes aside', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ id: hostile, user_agent: hostile, value: hostile })), async (rows) => {
        const events = rows.map(({ id, user_agent, value }) =>
          event({ id: `x${id}`, user_agent, quantities: { user_sessions: value } }),
        );
        const [header, ...records] = recordsOf(await encoded([events], 'csv'));
        expect(records).toHaveLength(events.length);
        for (const [place, record] of records.entries()) {
          const cells = Object.fromEntries(header!.map((name, column) => [name, record[column]]));
          expect(cells.id).toBe(neutraliseCell(events[place]!.id));
          expect(cells.user_agent).toBe(neutraliseCell(events[place]!.user_agent!));
          expect(JSON.parse(cells.quantities!)).toEqual(events[place]!.quantities);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('has no cell that begins a formula, for readers of commas, semicolons and tabs', async () => {
    const starts = /^[\s\p{C}"]*[=+\-@\uff0b\uff0d\uff1d\uff20]|^[\t\r]/u;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ id: hostile, user_agent: hostile, value: hostile })), async (rows) => {
        const events = rows.map(({ id, user_agent, value }) =>
          event({ id, user_agent, error_code: user_agent, quantities: { user_sessions: value } }),
        );
        const text = await encoded([events], 'csv');
        const cells = [...recordsOf(text).flat(), ...cellsOf(text, ';'), ...cellsOf(text, '\t')];
        expect(cells.filter((cell) => starts.test(cell))).toEqual([]);
      }),
      { numRuns: 300 },
    );
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
