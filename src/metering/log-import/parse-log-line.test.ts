import fc from 'fast-check';
import { LOG_FORMATS, parseLogLine, type ParsedLine } from './parse-log-line';

const NOW_MS = Date.UTC(2026, 10, 25);
const combined = (line: string) => parseLogLine('combined', line, NOW_MS);
const reasonOf = (parsed: ParsedLine) => (parsed.ok ? 'read' : parsed.reason);

interface Fields {
  client?: string;
  time?: string;
  request?: string;
  status?: string;
  bytes?: string;
}
const lineOf = ({
  client = '203.0.113.9 - -',
  time = '17/May/2015:10:05:03 +0000',
  request = 'GET / HTTP/1.1',
  status = '200',
  bytes = '1',
}: Fields) => `${client} [${time}] "${request}" ${status} ${bytes} "-" "-"`;
const requestOf = (fields: Fields) => {
  const parsed = combined(lineOf(fields));
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.request;
};

describe('combined', () => {
  it('reads a line with quotes in the user agent, and leaves the query out of the path', () => {
    const line =
      '203.0.113.9 - - [17/May/2015:10:05:03 +0200] "GET /a/b.png?x=1 HTTP/1.1" 200 203023 "http://example.com/" "say \\"hi\\" 1.0"';
    expect(combined(line)).toEqual({
      ok: true,
      request: {
        occurredAtMs: Date.UTC(2015, 4, 17, 8, 5, 3),
        ip: '203.0.113.9',
        method: 'GET',
        path: '/a/b.png',
        status: 200,
        durationUs: null,
        requestBytes: null,
        responseBytes: 203_023,
        userAgent: 'say "hi" 1.0',
      },
    });
  });

  it('counts a request whose request line was not HTTP: it was answered', () => {
    expect(combined('203.0.113.9 - - [17/May/2015:10:05:03 +0000] "\\x16\\x03" 400 0 "-" "-"')).toMatchObject({
      ok: true,
      request: { method: null, path: null, status: 400, userAgent: null },
    });
  });

  it.each([
    ['203.0.113.9 - - [17/May/2015:10:05:03 +0000] "GET /a HTTP/1.1" 200 203023 "http://exam', 'combined format'],
    ['203.0.113.9 - - [17/Mai/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 1 "-" "-"', 'time: expected'],
    [
      '203.0.113.9 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 999 1 "-" "-"',
      'status: expected 100 to 599, got 999',
    ],
    ['', 'combined format'],
  ])('refuses %j with a reason', (line, reason) => {
    expect(combined(line)).toEqual({ ok: false, reason: expect.stringContaining(reason) as string });
  });

  it.each([
    '31/Feb/2015:10:05:03 +0000',
    '29/Feb/2015:10:05:03 +0000',
    '00/May/2015:10:05:03 +0000',
    '17/May/2015:24:05:03 +0000',
    '17/May/2015:10:60:03 +0000',
    '17/May/2015:10:05:61 +0000',
    '17/May/2015:10:05:03 +1401',
    '17/May/2015:10:05:03 -1201',
    '17/May/2015:10:05:03 +0960',
    '17/May/2015:10:05:03 +9999',
    '17/May/2015:10:05:03',
    '17/May/1999:10:05:03 +0000',
    '25/Nov/2026:01:00:01 +0000',
    '17/May/9999:10:05:03 +0000',
  ])('refuses the time %s, which is none of a request', (time) => {
    expect(reasonOf(combined(lineOf({ time })))).toMatch(/^time: /);
  });

  it('reads leap days, leap seconds, and the zones at both ends of the world', () => {
    const at = (time: string) => requestOf({ time }).occurredAtMs;
    expect(at('29/Feb/2016:10:05:03 +0545')).toBe(Date.UTC(2016, 1, 29, 4, 20, 3));
    expect(at('31/Dec/2016:23:59:60 +0000')).toBe(Date.UTC(2017, 0, 1));
    expect(at('17/may/2015:10:05:03 +1400')).toBe(Date.UTC(2015, 4, 16, 20, 5, 3));
    expect(at('7/May/2015:10:05:03 -1200')).toBe(Date.UTC(2015, 4, 7, 22, 5, 3));
  });

  it.each([
    ['9007199254740992', 'bytes:'],
    ['18446744073709551616', 'bytes:'],
    ['12.5', 'bytes:'],
    ['-1', 'bytes:'],
    ['1e3', 'bytes:'],
  ])('refuses %s bytes, which is no size that is counted exactly', (bytes, reason) => {
    expect(reasonOf(combined(lineOf({ bytes })))).toContain(reason);
  });

  it('reads the largest size that is exact, and none', () => {
    expect(requestOf({ bytes: '9007199254740991' }).responseBytes).toBe(Number.MAX_SAFE_INTEGER);
    expect(requestOf({ bytes: '-' }).responseBytes).toBe(0);
    expect(requestOf({ status: '-' }).status).toBeNull();
  });

  it('reads blanks in paths, and in names of users', () => {
    expect(requestOf({ request: 'GET /my file.txt?a=b c HTTP/1.1' })).toMatchObject({
      method: 'GET',
      path: '/my file.txt',
    });
    expect(requestOf({ request: 'GET /a HTTP/1.1 b HTTP/2.0' }).path).toBe('/a HTTP/1.1 b');
    expect(requestOf({ request: 'GET /a b' }).path).toBe('/a b');
    for (const user of [
      'john von neumann',
      '"john \\"quoted\\" doe"',
      'a [b] c',
      'x [17/May/2014:10:05:03 +0000] \\"GET',
    ])
      expect(requestOf({ client: `203.0.113.9 - ${user}` })).toMatchObject({
        ip: '203.0.113.9',
        occurredAtMs: Date.UTC(2015, 4, 17, 10, 5, 3),
      });
  });

  it.each([
    ['203.0.113.9:51234 - -', '203.0.113.9'],
    ['[2001:db8::1]:51234 - -', '2001:db8::1'],
    ['[2001:db8::1] - -', '2001:db8::1'],
    ['2001:db8::1 - -', '2001:db8::1'],
    ['fe80::1%eth0 - -', 'fe80::1'],
    ['::ffff:203.0.113.9 - -', '::ffff:203.0.113.9'],
    ['203.0.113.9, 192.0.2.1 - -', '203.0.113.9'],
    ['example.com:443 203.0.113.9 - -', '203.0.113.9'],
    ['host.example - -', null],
    ['256.1.1.1:80 - -', null],
    ['- - -', null],
  ])('takes of %s the address %s', (client, ip) => {
    expect(requestOf({ client }).ip).toBe(ip);
  });

  it('writes methods in capitals, and counts those that HTTP does not know together', () => {
    const methodOf = (request: string) => requestOf({ request }).method;
    expect(['get / HTTP/1.1', 'Propfind / HTTP/1.1', 'M-SEARCH * HTTP/1.1'].map(methodOf)).toEqual([
      'GET',
      'PROPFIND',
      'M-SEARCH',
    ]);
    expect(['BREW /pot HTCPCP/1.0', `${'A'.repeat(5_000)} / HTTP/1.1`].map(methodOf)).toEqual(['OTHER', 'OTHER']);
    expect(methodOf('G@T / HTTP/1.1')).toBeNull();
  });

  it('reads targets of every form, and keeps 512 characters of a megabyte', () => {
    const pathOf = (request: string) => requestOf({ request }).path;
    expect(pathOf('GET https://example.com/a?b HTTP/1.1')).toBe('/a');
    expect(pathOf('GET https://example.com?b HTTP/1.1')).toBe('/');
    expect(pathOf('CONNECT example.com:443 HTTP/1.1')).toBe('example.com:443');
    expect(pathOf('GET /a\\"b HTTP/1.1')).toBe('/a"b');
    const long = `/${'x'.repeat(1024 * 1024)}`;
    expect(pathOf(`GET ${long} HTTP/1.1`)).toBe(long.slice(0, 512));
    expect(reasonOf(combined('"'.repeat(1024 * 1024)))).toContain('combined format');
    expect(reasonOf(combined(`${'[\\" '.repeat(200_000)}`))).toContain('combined format');
  });

  it('never throws, whatever a line holds', () => {
    const part = fc.constantFrom(
      '203.0.113.9',
      ' ',
      '-',
      '[',
      ']',
      '"',
      '\\',
      '17/May/2015:10:05:03 +0000',
      'GET /',
      '200',
      '\0',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(part, fc.string({ unit: 'binary' })), { maxLength: 25 }), (parts) => {
        for (const format of LOG_FORMATS)
          expect(typeof parseLogLine(format, parts.join(''), NOW_MS).ok).toBe('boolean');
      }),
      { numRuns: 300 },
    );
  });
});

describe('JSON', () => {
  const caddy = (more: object, request: object = {}) =>
    parseLogLine(
      'caddy-json',
      JSON.stringify({ ts: 1646861401, status: 200, request: { method: 'GET', uri: '/', ...request }, ...more }),
      NOW_MS,
    );
  const nginx = (more: object) =>
    parseLogLine(
      'nginx-json',
      JSON.stringify({ msec: '1646861401.5', request_method: 'GET', uri: '/', status: '200', ...more }),
      NOW_MS,
    );

  it.each([
    [caddy({ size: 12.5 }), 'size:'],
    [caddy({ size: 9007199254740992 }), 'size:'],
    [caddy({ bytes_read: -1 }), 'bytes_read:'],
    [caddy({ status: 200.5 }), 'status:'],
    [caddy({ status: 700 }), 'status:'],
    [caddy({ ts: -1 }), 'time:'],
    [caddy({ ts: 1e300 }), 'time:'],
    [caddy({ ts: '2022-02-30T00:00:00Z' }), 'ts:'],
    [caddy({ ts: '2022-02-28T00:00:00+23:00' }), 'ts:'],
    [nginx({ body_bytes_sent: '12.5' }), 'body_bytes_sent:'],
    [nginx({ body_bytes_sent: '9007199254740993' }), 'body_bytes_sent:'],
    [nginx({ body_bytes_sent: '0x10' }), 'body_bytes_sent:'],
    [nginx({ request_length: '-5' }), 'request_length:'],
    [nginx({ request_time: 'fast' }), 'request_time:'],
    [nginx({ status: true }), 'status:'],
    [nginx({ msec: undefined, time_iso8601: '2022-13-01T00:00:00+00:00' }), 'time_iso8601:'],
  ])('refuses what is no figure or instant: %#', (parsed, reason) => {
    expect(reasonOf(parsed)).toContain(reason);
  });

  it('reads what is not there as nothing, and durations of any length', () => {
    expect(caddy({ status: 0, duration: 1e9 }, { method: 'brew', client_ip: '[2001:db8::1]:1' })).toMatchObject({
      request: { status: null, durationUs: 2 ** 31 - 1, method: 'OTHER', ip: '2001:db8::1' },
    });
    expect(nginx({ status: '000', request_time: '-', request_length: '', remote_addr: 'unix:' })).toMatchObject({
      request: { status: null, durationUs: null, requestBytes: null, ip: null },
    });
  });
});

it('reads a line of Caddy', () => {
  const line = JSON.stringify({
    level: 'info',
    ts: 1646861401.5241024,
    logger: 'http.log.access',
    msg: 'handled request',
    request: {
      remote_ip: '127.0.0.1',
      client_ip: '198.51.100.7',
      method: 'POST',
      uri: '/v1/x?y=1',
      headers: { 'User-Agent': ['curl/7'] },
    },
    bytes_read: 12,
    duration: 0.000929675,
    size: 10900,
    status: 201,
  });
  expect(parseLogLine('caddy-json', line, NOW_MS)).toEqual({
    ok: true,
    request: {
      occurredAtMs: 1646861401524,
      ip: '198.51.100.7',
      method: 'POST',
      path: '/v1/x',
      status: 201,
      durationUs: 930,
      requestBytes: 12,
      responseBytes: 10900,
      userAgent: 'curl/7',
    },
  });
});

it('reads a line of nginx whose figures are texts', () => {
  const line =
    '{"msec":"1646861401.524","remote_addr":"198.51.100.7","request_method":"GET","request_uri":"/v1/x","status":"404","body_bytes_sent":"7","request_time":"0.002","http_user_agent":""}';
  expect(parseLogLine('nginx-json', line, NOW_MS)).toMatchObject({
    ok: true,
    request: { occurredAtMs: 1646861401524, status: 404, responseBytes: 7, durationUs: 2000, userAgent: null },
  });
});

it.each(['caddy-json', 'nginx-json'] as const)('names the missing field of a %s line', (format) => {
  expect(parseLogLine(format, '{"status": 200}', NOW_MS)).toEqual({
    ok: false,
    reason: expect.stringContaining('request') as string,
  });
  expect(parseLogLine(format, '{"status": 20', NOW_MS)).toEqual({
    ok: false,
    reason: expect.stringContaining('cut short') as string,
  });
});
