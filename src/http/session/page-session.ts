import { headers } from 'next/headers';
import { redirect } from 'next/navigation';
import { cache } from 'react';
import { type SessionView } from '@/accounts/contracts';
import { AppError } from '@/kernel/errors';
import { resolveCookieSession } from './resolve-user';
import { type Services } from '../services';

export interface PageSession {
  /** Who is signed in, asked once per rendering; null for nobody. */
  getPageSession(): Promise<SessionView | null>;
  /** The same, and who is not signed in is sent to the sign-in page. */
  requirePageSession(): Promise<SessionView>;
}

/** The session as server components see it. They cannot set cookies: preparePage renews them beforehand. */
export function createPageSession(services: () => Services): PageSession {
  const getPageSession = cache(async () => {
    const cookieHeader = (await headers()).get('cookie');
    const made = services();
    const cookieSession = made.supabase.openSession(cookieHeader);
    if (!cookieSession.isPresent) return null;
    try {
      return await resolveCookieSession(made, cookieSession, cookieHeader);
    } catch (error) {
      if (error instanceof AppError && error.code === 'unauthenticated') return null;
      throw error;
    }
  });

  return {
    getPageSession,
    async requirePageSession() {
      return (await getPageSession()) ?? redirect('/sign-in');
    },
  };
}
