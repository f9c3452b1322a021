/** Longest time that a receiver's `Retry-After` is obeyed, in ms: else a wrong one would keep everything from it. */
const LONGEST_MS = 60 * 60_000;

/** What `Retry-After` asks for (RFC 9110, 10.2.3: seconds, or a date), in ms, an hour at most; null where it asks nothing. */
export function retryAfterMs(header: string | null, now: Date): number | null {
  if (header === null) return null;
  const text = header.trim();
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now.getTime();
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), LONGEST_MS);
}
