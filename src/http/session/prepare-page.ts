import { randomBytes } from 'node:crypto';
import { NextResponse } from 'next/server';
import { AppError } from '@/kernel/errors';
import { newId } from '@/kernel/ids';
import { limitPages } from '../limit-calls';
import { problemResponse } from '../problem';
import { contentSecurityPolicy, NONCE_HEADER } from '../origin/content-security-policy';
import { type Services } from '../services';
import { withCookies } from './response-cookies';
import { type CookieSession } from './supabase-server';

const POLICY_HEADER = 'content-security-policy';

/**
 * What comes before a page is rendered. A session that is about to end is renewed: the page sees the new cookies, the browser
 * gets them. Who asks for pages without end is told to wait. And the page gets the policy of what it may run, with a nonce of its own. It decides nothing about who may see what.
 */
export function createPreparePage(services: () => Services) {
  return async (request: Request): Promise<Response> => {
    const made = services();
    const headers = new Headers(request.headers);
    const nonce = randomBytes(16).toString('base64');
    const policy = contentSecurityPolicy({ nonce, isDevelopment: made.env.NODE_ENV === 'development' });
    headers.set(NONCE_HEADER, nonce);
    headers.set(POLICY_HEADER, policy);
    const { token, renewed } = await renewSession(made, request.headers.get('cookie'));
    const refusal = token === null ? null : await refuseTooMany(made, token);
    if (refusal) return withCookies(refusal, renewed?.setCookies() ?? []);
    if (renewed) headers.set('cookie', renewed.cookieHeader());
    const response = NextResponse.next({ request: { headers } });
    response.headers.set(POLICY_HEADER, policy);
    return withCookies(response, renewed?.setCookies() ?? []);
  };
}

interface PageSessionState {
  /** Unchecked. */
  token: string | null;
  /** The session if it has changed. */
  renewed: CookieSession | null;
}

async function renewSession({ supabase, log }: Services, cookieHeader: string | null): Promise<PageSessionState> {
  const nobody = { token: null, renewed: null };
  const cookieSession = supabase.openSession(cookieHeader);
  if (!cookieSession.isPresent) return nobody;
  try {
    const token = await cookieSession.accessToken();
    return { token, renewed: cookieSession.setCookies().length === 0 ? null : cookieSession };
  } catch (err) {
    log.warn({ err }, 'a session could not be renewed');
    return nobody;
  }
}

/** The answer to who asks for more pages than anybody reads; null for everybody else. */
async function refuseTooMany(services: Services, token: string): Promise<Response | null> {
  try {
    const { userId } = await services.accessTokens.verify(token);
    await limitPages(services, userId);
    return null;
  } catch (error) {
    // Whose token does not hold is sent to the sign-in page by the page itself.
    return error instanceof AppError && error.code === 'rate_limited' ? problemResponse(error, newId()) : null;
  }
}
