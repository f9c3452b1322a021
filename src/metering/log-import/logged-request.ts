import { METHODS } from 'node:http';
import { isIP } from 'node:net';

/** One request as an access log tells it. */
export interface LoggedRequest {
  occurredAtMs: number;
  /** An address without port and brackets; null where the log has something else. */
  ip: string | null;
  /** One that HTTP knows, in capitals, or `OTHER`; null where the request line was not HTTP. */
  method: string | null;
  /** Path without query, at most 512 characters; null where the request line was not HTTP. */
  path: string | null;
  /** 100 to 599; null where there was no answer. */
  status: number | null;
  durationUs: number | null;
  requestBytes: number | null;
  responseBytes: number | null;
  /** At most 512 characters. */
  userAgent: string | null;
}

/** Longest path and user agent that are kept. */
const MAX_TEXT_LENGTH = 512;
const MAX_DURATION_US = 2 ** 31 - 1;
const KNOWN_METHODS = new Set(METHODS);

/** A text of its own: a part of a line would keep the whole line in memory. */
const owned = (text: string): string => Buffer.from(text.slice(0, MAX_TEXT_LENGTH)).toString();

/** The path of a request target in any of its forms (RFC 9112, section 3.2); it may have blanks, as logs have them. */
export function pathOf(target: string): string {
  const path = target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '');
  const end = path.search(/[?#]/);
  return owned(end < 0 ? path : path.slice(0, end)) || '/';
}

/** Methods that HTTP does not know are counted together: whoever calls could invent any number of them. */
export function methodOf(text: string): string {
  const method = text.toUpperCase();
  return KNOWN_METHODS.has(method) ? method : 'OTHER';
}

/** A text in which a quote is escaped by a backslash, and `-` means nothing. */
export const knownText = (text: string | undefined): string | null =>
  text === undefined || text === '-' || text === '' ? null : owned(text.replaceAll('\\"', '"'));

/** `192.0.2.1`, `192.0.2.1:443`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:443`, and the first of a list of these. */
export function addressOf(text: string | undefined): string | null {
  if (text === undefined) return null;
  const match = /^(?:\[([^\]]*)\](?::\d+)?|([^:,\s]+)(?::\d+)?|([^,\s]+))(?:,.*)?$/.exec(text.trim());
  const address = (match?.[1] ?? match?.[2] ?? match?.[3] ?? '').split('%', 1)[0]!;
  return isIP(address) === 0 ? null : owned(address);
}

/** @param seconds at least 0 */
export const durationUsOf = (seconds: number | undefined): number | null =>
  seconds === undefined ? null : Math.min(Math.round(seconds * 1e6), MAX_DURATION_US);
