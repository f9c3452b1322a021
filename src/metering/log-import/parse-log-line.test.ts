import { parseLogLine } from './parse-log-line';

const combined = (line: string) => parseLogLine('combined', line);

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
  expect(parseLogLine('caddy-json', line)).toEqual({
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
  expect(parseLogLine('nginx-json', line)).toMatchObject({
    ok: true,
    request: { occurredAtMs: 1646861401524, status: 404, responseBytes: 7, durationUs: 2000, userAgent: null },
  });
});

it.each(['caddy-json', 'nginx-json'] as const)('names the missing field of a %s line', (format) => {
  expect(parseLogLine(format, '{"status": 200}')).toEqual({
    ok: false,
    reason: expect.stringContaining('request') as string,
  });
  expect(parseLogLine(format, '{"status": 20')).toEqual({
    ok: false,
    reason: expect.stringContaining('cut short') as string,
  });
});
