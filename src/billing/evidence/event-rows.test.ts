import fc from 'fast-check';
import { neutraliseCell } from '@/analytics';
import { decodeRow, encodeRow, LINE_END } from './event-rows';
import { EVENT_FIELDS, type LineEvent } from './line-event';

const LINE = '0199b0a0-0000-7000-8000-000000000001';
const MEASURED = {
  occurred_at: '2026-01-02T03:04:05.000006Z',
  stored_at: '2026-01-02T03:04:06.000000Z',
  quantity: '1.5',
};
const texts = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({
    unit: fc.constantFrom('=', "'", '"', ',', ';', '\r', '\n', '\t', '+', '-', '@', ' ', '%', 'a', 'é', '\u2028'),
  }),
);
const events = fc.array(texts, { minLength: EVENT_FIELDS.length, maxLength: EVENT_FIELDS.length }).map((values) => ({
  ...(Object.fromEntries(EVENT_FIELDS.map((field, place) => [field, values[place]!])) as LineEvent),
  ...MEASURED,
}));
const formats = fc.constantFrom('csv' as const, 'ndjson' as const);

const written = (event: LineEvent, format: 'csv' | 'ndjson') =>
  encodeRow(LINE, event, format).slice(0, -LINE_END[format].length);

it('reads back every text as it was written', () => {
  fc.assert(
    fc.property(events, formats, (event, format) => {
      expect(decodeRow(written(event, format), format)).toEqual({ lineId: LINE, event });
    }),
  );
});

it('writes no cell that a spreadsheet would execute, and each row on a line of its own', () => {
  fc.assert(
    fc.property(events, (event) => {
      const row = written(event, 'csv');
      expect(row).not.toMatch(/[\r\n]/);
      for (const cell of row.match(/"(?:[^"]|"")*"|[^",]+/g) ?? []) {
        const shown = cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell;
        expect(neutraliseCell(shown)).toBe(shown);
      }
    }),
  );
  expect(written({ ...blank(), source: '=1+1', id: "'x" }, 'csv')).toBe(
    `${LINE},${MEASURED.occurred_at},${MEASURED.stored_at},,'%3D1%2B1,''x,1.5,,,,`,
  );
});

it('takes decimals and instants in one spelling only', () => {
  const wrong = { quantity: ['', '1e3', '0x1', '-1', '~1', '1.'], occurred_at: ['2026-01-02', ''], stored_at: ['now'] };
  for (const [field, values] of Object.entries(wrong)) {
    for (const value of values) expect(decodeRow(written({ ...blank(), [field]: value }, 'csv'), 'csv')).toBeNull();
  }
});

it('takes a row in one spelling only', () => {
  const row = written({ ...blank(), source: 'plain' }, 'csv');
  for (const other of [row.replace('plain', '"plain"'), `${row} `, row.replace('plain', "'plain"), `${row},`]) {
    expect(decodeRow(other, 'csv')).toBeNull();
  }
  const json = written(blank(), 'ndjson');
  for (const other of [json.replace(':', ': '), `${json} `, json.replace('{', '{"more":"",'), '[]', 'null', '{']) {
    expect(decodeRow(other, 'ndjson')).toBeNull();
  }
});

const blank = () => ({ ...(Object.fromEntries(EVENT_FIELDS.map((field) => [field, ''])) as LineEvent), ...MEASURED });
