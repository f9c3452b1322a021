import { z } from 'zod';
import { addressOf, durationUsOf, knownText, methodOf, pathOf, type LoggedRequest } from './logged-request';
import { refuse } from './refusal';

/** With an offset that exists: up to fourteen hours. */
const instantText = z.iso
  .datetime({ offset: true })
  .refine((text) => !/[+-](?:1[5-9]|2\d):\d\d$|[+-]14:(?!00)/.test(text), 'expected an offset of up to 14 hours');
const whole = z.int('expected a whole number up to 2^53 - 1').min(0);

/** A line of Caddy's `log` directive with the JSON encoder (caddyserver.com/docs/logging). */
const caddyLine = z.object({
  ts: z.union([z.number(), instantText]),
  request: z.object({
    client_ip: z.string().optional(),
    remote_ip: z.string().optional(),
    method: z.string(),
    uri: z.string(),
    headers: z.record(z.string(), z.array(z.string())).optional(),
  }),
  status: whole,
  duration: z.number().min(0).optional(),
  size: whole.optional(),
  bytes_read: whole.optional(),
});

function fromCaddy(value: unknown): LoggedRequest {
  const { ts, request, ...line } = caddyLine.parse(value);
  return {
    occurredAtMs: typeof ts === 'number' ? Math.round(ts * 1000) : Date.parse(ts),
    ip: addressOf(request.client_ip) ?? addressOf(request.remote_ip),
    method: methodOf(request.method),
    path: pathOf(request.uri),
    status: line.status === 0 ? null : line.status,
    durationUs: durationUsOf(line.duration),
    requestBytes: line.bytes_read ?? null,
    responseBytes: line.size ?? null,
    userAgent: knownText(request.headers?.['User-Agent']?.[0]),
  };
}

/** A figure as nginx writes it, in quotes or not; `-` or nothing where there is none. */
const figure = z
  .union([z.number(), z.string().regex(/^(?:\d+(?:\.\d+)?|-|)$/, 'expected a decimal number')])
  .transform((value) => (value === '' || value === '-' ? undefined : Number(value)));
const wholeFigure = figure.pipe(whole.optional());

/** nginx has no JSON format of its own: this reads a `log_format … escape=json` whose keys are nginx's variable names. */
const nginxLine = z
  .object({
    time_iso8601: instantText.optional(),
    msec: figure.optional(),
    remote_addr: z.string().optional(),
    request_method: z.string(),
    request_uri: z.string().optional(),
    uri: z.string().optional(),
    status: wholeFigure,
    body_bytes_sent: wholeFigure.optional(),
    bytes_sent: wholeFigure.optional(),
    request_length: wholeFigure.optional(),
    request_time: figure.pipe(z.number().min(0).optional()).optional(),
    http_user_agent: z.string().optional(),
  })
  .refine((line) => line.msec !== undefined || line.time_iso8601 !== undefined, 'expected msec or time_iso8601')
  .refine((line) => line.request_uri !== undefined || line.uri !== undefined, 'expected request_uri or uri');

function fromNginx(value: unknown): LoggedRequest {
  const line = nginxLine.parse(value);
  return {
    occurredAtMs: line.msec === undefined ? Date.parse(line.time_iso8601!) : Math.round(line.msec * 1000),
    ip: addressOf(line.remote_addr),
    method: line.request_method === '' ? null : methodOf(line.request_method),
    // nginx has no path where it could not read the request line.
    path: line.request_method === '' ? null : pathOf(line.request_uri ?? line.uri!),
    status: line.status === 0 ? null : (line.status ?? null),
    durationUs: durationUsOf(line.request_time),
    requestBytes: line.request_length ?? null,
    responseBytes: line.body_bytes_sent ?? line.bytes_sent ?? null,
    userAgent: knownText(line.http_user_agent),
  };
}

/** @throws Refusal */
const parserOf =
  (read: (value: unknown) => LoggedRequest) =>
  (line: string): LoggedRequest => {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      return refuse('not a JSON object; the line may be cut short');
    }
    try {
      return read(value);
    } catch (error) {
      if (!(error instanceof z.ZodError)) throw error;
      return refuse(error.issues.map((issue) => `${issue.path.join('.') || 'line'}: ${issue.message}`).join('; '));
    }
  };

export const parseCaddyJson = parserOf(fromCaddy);
export const parseNginxJson = parserOf(fromNginx);
