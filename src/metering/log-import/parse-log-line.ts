import { z } from 'zod';

export const LOG_FORMATS = ['combined', 'caddy-json', 'nginx-json'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** One request as an access log tells it. */
export interface LoggedRequest {
  occurredAtMs: number;
  ip: string | null;
  method: string | null;
  /** Path without query; null where the request line was not HTTP. */
  path: string | null;
  status: number;
  durationUs: number | null;
  requestBytes: number | null;
  responseBytes: number | null;
  userAgent: string | null;
}

export type ParsedLine = { ok: true; request: LoggedRequest } | { ok: false; reason: string };

const refuse = (reason: string): ParsedLine => ({ ok: false, reason });
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

// host ident user [time] "request" status bytes "referer" "agent"; a quote inside quotes is escaped by a backslash.
const COMBINED =
  /^(\S+) \S+ (?:\S+|"(?:[^"\\]|\\.)*") \[([^\]]+)\] "((?:[^"\\]|\\.)*)" (\d{3}) (\d+|-)(?: "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)"(?: .*)?)?$/;
const APACHE_TIME = /^(\d{2})\/([A-Z][a-z]{2})\/(\d{4}):(\d{2}):(\d{2}):(\d{2}) ([+-])(\d{2})(\d{2})$/;
const REQUEST_LINE = /^([A-Z]{1,20}) (\S+)(?: HTTP\/[\d.]+)?$/;

function apacheTimeMs(text: string): number | undefined {
  const match = APACHE_TIME.exec(text);
  const month = match ? MONTHS.indexOf(match[2]!) : -1;
  if (!match || month < 0) return undefined;
  const [day, year, hour, minute, second, offsetHours, offsetMinutes] = [1, 3, 4, 5, 6, 8, 9].map((n) =>
    Number(match[n]),
  );
  if (day! > 31 || hour! > 23 || minute! > 59 || second! > 60) return undefined;
  const offsetMs = (offsetHours! * 60 + offsetMinutes!) * 60_000 * (match[7] === '-' ? -1 : 1);
  return Date.UTC(year!, month, day, hour, minute, second) - offsetMs;
}

const pathOf = (target: string): string => target.replace(/^https?:\/\/[^/]*/, '').split(/[?#]/, 1)[0] || '/';
const known = (text: string | undefined): string | null =>
  text === undefined || text === '-' || text === '' ? null : text.replaceAll('\\"', '"');

/** Apache's and nginx's `combined` format; `common`, which lacks the last two fields, is read as well. */
function parseCombined(line: string): ParsedLine {
  const match = COMBINED.exec(line);
  if (!match)
    return refuse('not in the combined format: host ident user [time] "request" status bytes "referer" "agent"');
  const occurredAtMs = apacheTimeMs(match[2]!);
  if (occurredAtMs === undefined) return refuse(`time: expected dd/Mon/yyyy:hh:mm:ss +zzzz, got ${match[2]}`);
  const requestLine = REQUEST_LINE.exec(match[3]!);
  return {
    ok: true,
    request: {
      occurredAtMs,
      ip: match[1]!,
      method: requestLine?.[1] ?? null,
      path: requestLine ? pathOf(requestLine[2]!) : null,
      status: Number(match[4]),
      durationUs: null,
      requestBytes: null,
      responseBytes: match[5] === '-' ? 0 : Number(match[5]),
      userAgent: known(match[7]),
    },
  };
}

/** A line of Caddy's `log` directive with the JSON encoder (caddyserver.com/docs/logging). */
const caddyLine = z.object({
  ts: z.union([z.number(), z.iso.datetime({ offset: true })]),
  request: z.object({
    client_ip: z.string().optional(),
    remote_ip: z.string().optional(),
    method: z.string(),
    uri: z.string(),
    headers: z.record(z.string(), z.array(z.string())).optional(),
  }),
  status: z.int(),
  duration: z.number().min(0).optional(),
  size: z.int().min(0).optional(),
  bytes_read: z.int().min(0).optional(),
});

function fromCaddy(value: unknown): LoggedRequest {
  const line = caddyLine.parse(value);
  return {
    occurredAtMs: typeof line.ts === 'number' ? Math.round(line.ts * 1000) : Date.parse(line.ts),
    ip: line.request.client_ip ?? line.request.remote_ip ?? null,
    method: line.request.method,
    path: pathOf(line.request.uri),
    status: line.status,
    durationUs: line.duration === undefined ? null : Math.round(line.duration * 1e6),
    requestBytes: line.bytes_read ?? null,
    responseBytes: line.size ?? null,
    userAgent: line.request.headers?.['User-Agent']?.[0] ?? null,
  };
}

const figure = z.coerce.number().min(0);

/** nginx has no JSON format of its own: this reads a `log_format … escape=json` whose keys are nginx's variable names. */
const nginxLine = z
  .object({
    time_iso8601: z.iso.datetime({ offset: true }).optional(),
    msec: z.coerce.number().optional(),
    remote_addr: z.string().optional(),
    request_method: z.string(),
    request_uri: z.string().optional(),
    uri: z.string().optional(),
    status: z.coerce.number().int(),
    body_bytes_sent: figure.optional(),
    bytes_sent: figure.optional(),
    request_length: figure.optional(),
    request_time: figure.optional(),
    http_user_agent: z.string().optional(),
  })
  .refine((line) => line.msec !== undefined || line.time_iso8601 !== undefined, 'expected msec or time_iso8601')
  .refine((line) => line.request_uri !== undefined || line.uri !== undefined, 'expected request_uri or uri');

function fromNginx(value: unknown): LoggedRequest {
  const line = nginxLine.parse(value);
  return {
    occurredAtMs: line.msec === undefined ? Date.parse(line.time_iso8601!) : Math.round(line.msec * 1000),
    ip: line.remote_addr ?? null,
    method: line.request_method === '' ? null : line.request_method,
    path: pathOf(line.request_uri ?? line.uri!),
    status: line.status,
    durationUs: line.request_time === undefined ? null : Math.round(line.request_time * 1e6),
    requestBytes: line.request_length ?? null,
    responseBytes: line.body_bytes_sent ?? line.bytes_sent ?? null,
    userAgent: known(line.http_user_agent),
  };
}

function parseJson(line: string, read: (value: unknown) => LoggedRequest): ParsedLine {
  try {
    return { ok: true, request: read(JSON.parse(line)) };
  } catch (error) {
    if (!(error instanceof z.ZodError)) return refuse('not a JSON object; the line may be cut short');
    return refuse(error.issues.map((issue) => `${issue.path.join('.') || 'line'}: ${issue.message}`).join('; '));
  }
}

const PARSERS: Record<LogFormat, (line: string) => ParsedLine> = {
  combined: parseCombined,
  'caddy-json': (line) => parseJson(line, fromCaddy),
  'nginx-json': (line) => parseJson(line, fromNginx),
};

/** Reads one line of an access log, without its line feed. Never throws: what cannot be read is refused with a reason. */
export function parseLogLine(format: LogFormat, line: string): ParsedLine {
  const parsed = PARSERS[format](line);
  if (!parsed.ok) return parsed;
  const { status, occurredAtMs, method } = parsed.request;
  if (status < 100 || status > 599) return refuse(`status: expected 100 to 599, got ${status}`);
  if (!Number.isFinite(occurredAtMs)) return refuse('time: not a date');
  if (method !== null && method.length > 20) return refuse('method: longer than 20 characters');
  return parsed;
}
