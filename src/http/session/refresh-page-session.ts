import { NextResponse } from 'next/server';
import { withCookies } from './response-cookies';
import { type Services } from '../services';

/**
 * Renews a session that is about to end before a page is rendered: the page sees the new cookies, the browser gets them.
 * It decides nothing about who may see what.
 */
export function createRefreshPageSession(services: () => Services) {
  return async (request: Request): Promise<Response> => {
    const { supabase, log } = services();
    const cookieSession = supabase.openSession(request.headers.get('cookie'));
    if (!cookieSession.isPresent) return NextResponse.next();
    try {
      await cookieSession.accessToken();
    } catch (err) {
      log.warn({ err }, 'a session could not be renewed');
      return NextResponse.next();
    }
    const setCookies = cookieSession.setCookies();
    if (setCookies.length === 0) return NextResponse.next();
    const headers = new Headers(request.headers);
    headers.set('cookie', cookieSession.cookieHeader());
    return withCookies(NextResponse.next({ request: { headers } }), setCookies);
  };
}
