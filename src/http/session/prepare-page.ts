import { randomBytes } from 'node:crypto';
import { NextResponse } from 'next/server';
import { contentSecurityPolicy, NONCE_HEADER } from '../origin/content-security-policy';
import { type Services } from '../services';
import { withCookies } from './response-cookies';
import { type CookieSession } from './supabase-server';

const POLICY_HEADER = 'content-security-policy';

/**
 * What comes before a page is rendered. A session that is about to end is renewed: the page sees the new cookies, the browser
 * gets them. And the page gets the policy of what it may run, with a nonce of its own. It decides nothing about who may see what.
 */
export function createPreparePage(services: () => Services) {
  return async (request: Request): Promise<Response> => {
    const made = services();
    const headers = new Headers(request.headers);
    const nonce = randomBytes(16).toString('base64');
    const policy = contentSecurityPolicy({ nonce, isDevelopment: made.env.NODE_ENV === 'development' });
    headers.set(NONCE_HEADER, nonce);
    headers.set(POLICY_HEADER, policy);
    const renewed = await renewSession(made, request.headers.get('cookie'));
    if (renewed) headers.set('cookie', renewed.cookieHeader());
    const response = NextResponse.next({ request: { headers } });
    response.headers.set(POLICY_HEADER, policy);
    return withCookies(response, renewed?.setCookies() ?? []);
  };
}

/** The session of a browser if it has changed, else null. */
async function renewSession({ supabase, log }: Services, cookieHeader: string | null): Promise<CookieSession | null> {
  const cookieSession = supabase.openSession(cookieHeader);
  if (!cookieSession.isPresent) return null;
  try {
    await cookieSession.accessToken();
  } catch (err) {
    log.warn({ err }, 'a session could not be renewed');
    return null;
  }
  return cookieSession.setCookies().length === 0 ? null : cookieSession;
}
