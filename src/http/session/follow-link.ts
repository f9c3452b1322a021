/**
 * What a link in a mail leads to. The link itself only opens a page, so that whatever opens it before its reader (a scanner, a
 * preview) uses nothing up and signs nobody in; the page's form comes here with a password of the reader's choosing. Nothing
 * that was known of the account before opens it afterwards: neither a password nor a session.
 */
import { type z } from 'zod';
import { followLinkInput, type mailedLink } from '@/accounts/contracts';
import { AppError } from '@/kernel/errors';
import { authProblem, isPasswordRefusal } from './auth-problem';
import { type RequestContext } from '../handler';
import { limitByAddress } from '../limit-attempts';
import { unknownPassword } from './mail-link';
import { readJson } from '../read-json';
import { resolveCookieSession } from './resolve-user';
import { type Services } from '../services';
import { type CookieSession } from './supabase-server';

/** The session that the link opened, its password chosen and its address proven. */
export interface FollowedLink {
  browser: CookieSession;
  type: z.output<typeof mailedLink>['type'];
  /** False where Supabase took the password for too weak: it has one that nobody knows now, and needs another. */
  passwordAccepted: boolean;
}

/**
 * @throws AppError conflict where somebody else is signed in and the form did not say that their session is to end, or for a
 * link that is used, replaced or too old; invalid_request, rate_limited, unavailable.
 */
export async function followLink(request: Request, { services }: RequestContext): Promise<FollowedLink> {
  const { token_hash, type, password, instead_of } = await readJson(request, followLinkInput);
  await limitByAddress(services, request, 'followed_link');
  const present = await presentSession(services, request);
  if (present && present.userId !== instead_of) {
    throw new AppError('conflict', 'Somebody is signed in in this browser. Load the page again to see who.');
  }
  const browser = services.supabase.openSession(null);
  const { data, error } = await browser.auth.verifyOtp({ token_hash, type });
  if (error ?? !data.session) throw linkProblem(error);
  const passwordAccepted = await choosePassword(browser, password);
  const others = await browser.auth.signOut({ scope: 'others' });
  if (others.error) throw authProblem(others.error);
  const identity = await services.accessTokens.verify(data.session.access_token);
  await services.sessions.proveAddress(identity);
  await present?.end();
  return { browser, type, passwordAccepted };
}

/** Whether the password was accepted; either way the account has lost the one it had. */
async function choosePassword({ auth }: CookieSession, password: string): Promise<boolean> {
  const { error } = await auth.updateUser({ password });
  // The same as before can only be the reader's own: nobody else's would be chosen twice.
  if (!error || error.code === 'same_password') return true;
  if (!isPasswordRefusal(error)) throw authProblem(error);
  const scrambled = await auth.updateUser({ password: unknownPassword() });
  if (scrambled.error) throw authProblem(scrambled.error);
  return false;
}

/** Who is signed in in the browser that sent the form, if anybody. */
async function presentSession(services: Services, request: Request) {
  const cookieHeader = request.headers.get('cookie');
  const browser = services.supabase.openSession(cookieHeader);
  if (!browser.isPresent) return null;
  const session = await resolveCookieSession(services, browser, cookieHeader).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'unauthenticated') return null;
    throw error;
  });
  return (
    session && {
      userId: session.userId,
      end: async () => void (await browser.auth.signOut({ scope: 'local' })),
    }
  );
}

function linkProblem(error: Parameters<typeof authProblem>[0] | null): AppError {
  if (error && (error.status === undefined || error.status >= 500)) return authProblem(error);
  return new AppError(
    'conflict',
    'This link was used already, a newer one was sent after it, or it is older than an hour. Ask for a new one.',
    { cause: error ?? undefined },
  );
}
