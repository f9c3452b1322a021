import { addressOf, knownText, methodOf, pathOf, type LoggedRequest } from './logged-request';
import { refuse } from './refusal';

const EXPECTED = 'not in the combined format: host ident user [time] "request" status bytes "referer" "agent"';
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** What stands before it may be anything, blanks in a user's name among it. A quote in there is escaped, so this is none of it. */
const STAMP = /\[([^[\]"]{1,60})\] "/;
const TIME = /^(\d{1,2})\/([a-z]{3})\/(\d{4}):(\d{2}):(\d{2}):(\d{2}) ([+-])(\d{2})(\d{2})$/i;
/** A text in quotes in which quotes are escaped by a backslash, without the first quote. */
const QUOTED = '([^"\\\\]*(?:\\\\.[^"\\\\]*)*)"';
const REST = new RegExp(`^${QUOTED} (\\d{3}|-) (\\S+)(?: "${QUOTED} "${QUOTED}(?: .*)?)?$`, 's');
/** A method is a token (RFC 9110, section 5.6.2); what is between it and the version is the target, blanks and all. */
const REQUEST_LINE = /^([!#$%&'*+.^_`|~\w-]+) (.*)$/s;
const VERSION = / HTTP\/\d+(?:\.\d+)?$/;

/** Offsets from UTC that exist, in minutes. */
const [LEAST_OFFSET, GREATEST_OFFSET] = [-12 * 60, 14 * 60];

/** @returns undefined for what is no instant: dates, times and zones that do not exist. */
function timeMs(text: string): number | undefined {
  const match = TIME.exec(text);
  const month = match ? MONTHS.indexOf(match[2]!.toLowerCase()) : -1;
  if (!match || month < 0) return undefined;
  const [day, year, hour, minute, second, offsetHours, offsetMinutes] = [1, 3, 4, 5, 6, 8, 9].map((n) =>
    Number(match[n]),
  ) as [number, number, number, number, number, number, number];
  const offset = (offsetHours * 60 + offsetMinutes) * (match[7] === '-' ? -1 : 1);
  const exists = new Date(Date.UTC(year, month, day)).getUTCDate() === day;
  // A second may be the 60th: a leap second.
  if (!exists || hour > 23 || minute > 59 || second > 60) return undefined;
  if (offsetMinutes > 59 || offset < LEAST_OFFSET || offset > GREATEST_OFFSET) return undefined;
  return Date.UTC(year, month, day, hour, minute, second) - offset * 60_000;
}

/** `vhost_combined` has the server's name before the client's address. */
function clientOf(prefix: string): string | null {
  const [first, second] = prefix.split(' ', 2);
  return addressOf(first) ?? addressOf(second);
}

function bytesOf(text: string): number {
  if (text === '-') return 0;
  const bytes = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(bytes)) refuse(`bytes: expected a whole number up to 2^53 - 1, got ${text.slice(0, 40)}`);
  return bytes;
}

/** Apache's and nginx's `combined` format; `common`, which lacks the last two fields, is read as well. @throws Refusal */
export function parseCombined(line: string): LoggedRequest {
  const stamp = STAMP.exec(line);
  const rest = stamp && REST.exec(line.slice(stamp.index + stamp[0].length));
  if (!stamp || stamp.index === 0 || !rest) return refuse(EXPECTED);
  const occurredAtMs = timeMs(stamp[1]!);
  if (occurredAtMs === undefined) return refuse(`time: expected dd/Mon/yyyy:hh:mm:ss +zzzz, got ${stamp[1]}`);
  const [, request, status, bytes, , agent] = rest;
  const [, method, target] = REQUEST_LINE.exec(request!) ?? [];
  return {
    occurredAtMs,
    ip: clientOf(line.slice(0, stamp.index)),
    method: method === undefined ? null : methodOf(method),
    path: target === undefined ? null : pathOf(target.replace(VERSION, '').replaceAll('\\"', '"')),
    status: status === '-' ? null : Number(status),
    durationUs: null,
    requestBytes: null,
    responseBytes: bytesOf(bytes!),
    userAgent: knownText(agent),
  };
}
