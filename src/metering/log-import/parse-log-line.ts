import { type LoggedRequest } from './logged-request';
import { parseCombined } from './parse-combined';
import { parseCaddyJson, parseNginxJson } from './parse-json-log';
import { Refusal, refuse } from './refusal';

export const LOG_FORMATS = ['combined', 'caddy-json', 'nginx-json'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

export type ParsedLine = { ok: true; request: LoggedRequest } | { ok: false; reason: string };

/** Before this an instant is more likely another unit than milliseconds than a request. */
const EARLIEST_MS = Date.UTC(2000, 0, 1);
/** An hour, for clocks that run ahead. */
const MAX_AHEAD_MS = 3_600_000;

const PARSERS: Record<LogFormat, (line: string) => LoggedRequest> = {
  combined: parseCombined,
  'caddy-json': parseCaddyJson,
  'nginx-json': parseNginxJson,
};

/**
 * Reads one line of an access log, without its line feed. Never throws: what cannot be read is refused with a reason.
 * @param nowMs what is more than an hour later has not happened.
 */
export function parseLogLine(format: LogFormat, line: string, nowMs: number): ParsedLine {
  try {
    const request = PARSERS[format](line);
    const { status, occurredAtMs } = request;
    if (status !== null && (status < 100 || status > 599)) refuse(`status: expected 100 to 599, got ${status}`);
    if (!(occurredAtMs >= EARLIEST_MS)) refuse('time: expected an instant since 2000-01-01');
    if (occurredAtMs > nowMs + MAX_AHEAD_MS) refuse('time: lies in the future');
    return { ok: true, request };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { ok: false, reason: error.message };
  }
}
