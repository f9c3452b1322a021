/**
 * The one place that knows @supabase/supabase-js. A signed-in person's tokens live in http-only cookies of ours; no
 * browser ever talks to Supabase itself.
 */
import { createServerClient, parseCookieHeader } from '@supabase/ssr';
import {
  createClient,
  isAuthRetryableFetchError,
  type SupabaseClient,
  type WebSocketLikeConstructor,
} from '@supabase/supabase-js';
import { z } from 'zod';
import { AppError } from '@/kernel/errors';
import { COOKIE_AGE_S, cookieAttributes, setCookieHeader } from './response-cookies';

type SupabaseAuth = SupabaseClient['auth'];

const SESSION_COOKIE = 'tollgate-session';
/** Longest wait for the settings of sign-in, in ms. */
const SETTINGS_PATIENCE_MS = 5_000;
const settingsAnswer = z.object({ mailer_autoconfirm: z.boolean() });

/** The session that a request's cookies hold, if any. */
export interface CookieSession {
  /** Whether there is anything of a session in the cookies, valid or not. */
  readonly isPresent: boolean;
  /** Sign-in operations on this session. What they change shows in `cookieHeader` and `setCookies`. */
  readonly auth: SupabaseAuth;
  /**
   * The access token, unchecked; renewed if it ends within 90 s. Null where there is none or it can be renewed no more.
   * @throws AppError unavailable when it must be renewed and Supabase does not answer.
   */
  accessToken(): Promise<string | null>;
  /** The Cookie header as it would be if the request came again. */
  cookieHeader(): string;
  /** Set-Cookie headers for the response. */
  setCookies(): string[];
}

export interface SupabaseServer {
  openSession(cookieHeader: string | null): CookieSession;
  /** Keeps nothing. For requests whose mailed link shall work in any browser, not only in the one that asked. */
  readonly anonymousAuth: SupabaseAuth;
  /**
   * Whether a new address is confirmed by mail before it can sign in, as this installation is set now.
   * @throws AppError unavailable.
   */
  confirmsAddresses(): Promise<boolean>;
}

/** The client insists on having WebSockets, which Node 20 lacks and we never open. */
class NoWebSocket {
  constructor() {
    throw new Error('Realtime is not used here.');
  }
}
const realtime = { transport: NoWebSocket as unknown as WebSocketLikeConstructor };

interface Options {
  url: string;
  anonKey: string;
  /** Whether browsers send the cookies over https only. */
  secureCookies: boolean;
}

export function createSupabaseServer({ url, anonKey, secureCookies }: Options): SupabaseServer {
  const anonymous = createClient(url, anonKey, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false, flowType: 'implicit' },
    realtime,
  });

  return {
    anonymousAuth: anonymous.auth,

    async confirmsAddresses() {
      const answer = await fetch(`${url.replace(/\/+$/, '')}/auth/v1/settings`, {
        headers: { apikey: anonKey },
        signal: AbortSignal.timeout(SETTINGS_PATIENCE_MS),
        cache: 'no-store',
      }).catch((cause: unknown) => {
        throw signInUnavailable(cause);
      });
      const settings = answer.ok ? settingsAnswer.safeParse(await answer.json()) : null;
      if (!settings?.success) throw signInUnavailable(new Error(`GET settings: ${answer.status}`));
      return !settings.data.mailer_autoconfirm;
    },

    openSession(cookieHeader) {
      const present = new Map(parseCookieHeader(cookieHeader ?? '').map(({ name, value }) => [name, value ?? '']));
      const changed = new Map<string, string>();
      const { auth } = createServerClient(url, anonKey, {
        realtime,
        cookieOptions: { name: SESSION_COOKIE, ...cookieAttributes(secureCookies), maxAge: COOKIE_AGE_S },
        cookies: {
          getAll: () => [...present].map(([name, value]) => ({ name, value })),
          setAll: (cookies) => {
            for (const { name, value, options } of cookies) {
              // The package asks for 400 days whatever it is told.
              const maxAgeSeconds = Math.min(options.maxAge ?? 0, COOKIE_AGE_S);
              if (maxAgeSeconds > 0) present.set(name, value);
              else present.delete(name);
              changed.set(name, setCookieHeader({ name, value, maxAgeSeconds }, secureCookies));
            }
          },
        },
      });
      return {
        isPresent: [...present.keys()].some((name) => name.startsWith(SESSION_COOKIE)),
        auth,
        async accessToken() {
          const { data, error } = await auth.getSession();
          if (isAuthRetryableFetchError(error)) throw signInUnavailable(error);
          return data.session?.access_token ?? null;
        },
        cookieHeader: () => [...present].map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('; '),
        setCookies: () => [...changed.values()],
      };
    },
  };
}

export const signInUnavailable = (cause: unknown): AppError =>
  new AppError('unavailable', 'Sign-in does not answer at the moment. Try again.', { cause, retryable: true });
