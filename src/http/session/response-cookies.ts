import { serializeCookieHeader } from '@supabase/ssr';
import { withHeaders } from '../with-headers';

export interface NewCookie {
  name: string;
  value: string;
  /** Seconds; 0 deletes it. */
  maxAgeSeconds: number;
}

/** How long a cookie of ours lives after it was set last: 30 days, in seconds. */
export const COOKIE_AGE_S = 30 * 24 * 60 * 60;

/** Attributes of every cookie of ours: scripts cannot read it, other sites' forms do not carry it. */
export const cookieAttributes = (secure: boolean) => ({ path: '/', httpOnly: true, sameSite: 'lax', secure }) as const;

export const setCookieHeader = ({ name, value, maxAgeSeconds }: NewCookie, secure: boolean): string =>
  serializeCookieHeader(name, value, { ...cookieAttributes(secure), maxAge: maxAgeSeconds });

/** The response with cookies on it, and kept out of every cache if there are any. */
export function withCookies(response: Response, setCookies: readonly string[]): Response {
  if (setCookies.length === 0) return response;
  const copy = withHeaders(response, ['cache-control', 'no-store']);
  for (const cookie of setCookies) copy.headers.append('set-cookie', cookie);
  return copy;
}
