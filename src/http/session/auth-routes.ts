/**
 * Sign-up, sign-in and what belongs to them, for the pages: JSON in, `{ redirect_to }` out, the session in http-only
 * cookies. Each is a route handler as it stands; src/app/api/auth only gives it an address.
 */
import { type z } from 'zod';
import {
  changePasswordInput,
  credentials,
  requestResetInput,
  type sessionChanged,
  type signUpAnswer,
  signUpInput,
  switchOrganizationInput,
} from '@/accounts/contracts';
import { AppError } from '@/kernel/errors';
import { authProblem, signInProblem } from './auth-problem';
import { followLink } from './follow-link';
import { handle } from '../handle';
import { type RequestContext, type RouteHandler } from '../handler';
import { limitAttempts, limitByAddress } from '../limit-attempts';
import { limitSignIn, rememberDevice } from './known-device';
import { mailResetLink, mailSignUpLink } from './mail-link';
import { rememberOrganization } from './organization-choice';
import { readJson } from '../read-json';
import { resolveCookieSession, type ResolvedUser } from './resolve-user';
import { withCookies } from './response-cookies';
import { refuseForeignOrigin, requireOwnOrigin } from '../origin/same-origin';
import { type Services } from '../services';
import { type CookieSession } from './supabase-server';
import { withUser } from './with-session';

export interface AuthRoutes {
  signUp: RouteHandler;
  signIn: RouteHandler;
  signOut: RouteHandler;
  requestReset: RouteHandler;
  changePassword: RouteHandler;
  switchOrganization: RouteHandler;
  /** What the page does that a mailed link leads to. */
  followLink: RouteHandler;
}

const HOME = '/usage';
const SIGN_IN = '/sign-in';
const WEAK_PASSWORD = '/update-password?notice=weak';

const PRIVATE = { headers: { 'cache-control': 'no-store' } };

const goTo = (path: string, setCookies: readonly string[] = []): Response =>
  withCookies(Response.json({ redirect_to: path } satisfies z.output<typeof sessionChanged>, PRIVATE), setCookies);

/** A mail is on its way, or is not, which nobody is told. */
const lookIntoMail = (): Response =>
  Response.json({ redirect_to: null } satisfies z.output<typeof signUpAnswer>, PRIVATE);

const isHttps = (services: Services): boolean => services.env.APP_URL.startsWith('https:');

export function createAuthRoutes(services: () => Services): AuthRoutes {
  /** For who need not be signed in. */
  const open = (work: (request: Request, context: RequestContext) => Promise<Response>) =>
    handle(services, (request, context) => {
      refuseForeignOrigin(request, context.services.env.APP_URL);
      return work(request, context);
    });
  const signedIn = (
    work: (
      request: Request,
      context: RequestContext & { user: ResolvedUser; browser: CookieSession },
    ) => Promise<Response>,
  ) =>
    withUser(services, (request, context) => {
      const browser = context.user.cookieSession;
      if (!browser) throw new AppError('unauthenticated', 'This needs the session of a browser, not an access token.');
      return work(request, { ...context, browser });
    });

  return {
    signUp: open(async (request, { services: made }) => {
      const { supabase } = made;
      const { email, password } = await readJson(request, signUpInput);
      await limitByAddress(made, request, 'sign_up');
      if (await supabase.confirmsAddresses()) {
        await mailSignUpLink(made, email);
        return lookIntoMail();
      }
      if (password === undefined) throw passwordMissing();
      const { data, error } = await supabase.anonymousAuth.signUp({ email, password });
      if (error) throw authProblem(error);
      if (!data.session) return lookIntoMail();
      const browser = supabase.openSession(null);
      const kept = await browser.auth.setSession(data.session);
      if (kept.error) throw authProblem(kept.error);
      return enter(made, request, browser, 'user.signed_up');
    }),

    signIn: open(async (request, { services: made }) => {
      const { email, password } = await readJson(request, credentials);
      await limitSignIn(made, request, email);
      const browser = made.supabase.openSession(null);
      const { error } = await browser.auth.signInWithPassword({ email, password });
      if (error) throw signInProblem(error);
      return enter(made, request, browser, 'user.signed_in');
    }),

    // Also for a session that has ended elsewhere: its cookies must go.
    signOut: open(async (request, { services: made }) => {
      requireOwnOrigin(request, made.env.APP_URL);
      const browser = made.supabase.openSession(request.headers.get('cookie'));
      const token = await browser.accessToken();
      const identity = token === null ? null : await made.accessTokens.verify(token).catch(() => null);
      const { error } = await browser.auth.signOut({ scope: 'local' });
      if (error) throw authProblem(error);
      if (identity) await recordAct(made, identity.userId, 'user.signed_out');
      return goTo(SIGN_IN, browser.setCookies());
    }),

    requestReset: open(async (request, { services: made }) => {
      const { email } = await readJson(request, requestResetInput);
      await limitByAddress(made, request, 'password_reset');
      await mailResetLink(made, email);
      return lookIntoMail();
    }),

    followLink: open(async (request, context) => {
      requireOwnOrigin(request, context.services.env.APP_URL);
      const { browser, type, passwordAccepted } = await followLink(request, context);
      const action = type === 'recovery' ? 'user.password_changed' : 'user.signed_up';
      return enter(context.services, request, browser, action, passwordAccepted ? HOME : WEAK_PASSWORD);
    }),

    changePassword: signedIn(async (request, { services: made, user, browser }) => {
      const { password } = await readJson(request, changePasswordInput);
      await limitAttempts(made, 'password_change', { ip: null, account: user.principal.userId });
      const changed = await browser.auth.updateUser({ password });
      if (changed.error) throw authProblem(changed.error);
      const others = await browser.auth.signOut({ scope: 'others' });
      if (others.error) throw authProblem(others.error);
      await recordAct(made, user.principal.userId, 'user.password_changed');
      return goTo(HOME);
    }),

    switchOrganization: signedIn(async (request, { services: made, user }) => {
      const wanted = await readJson(request, switchOrganizationInput);
      const chosen = user.session.organizations.find(({ id }) => id === wanted.organization_id);
      if (!chosen) throw new AppError('not_found', 'There is no such organization, or you are not a member of it.');
      return goTo(HOME, [rememberOrganization(chosen.id, isHttps(made))]);
    }),
  };
}

/** What follows every sign-in: the first one makes the person's own organization, and the browser is known from now on. */
async function enter(
  services: Services,
  request: Request,
  browser: CookieSession,
  action: string,
  path = HOME,
): Promise<Response> {
  const session = await resolveCookieSession(services, browser, null).catch(async (error: unknown) => {
    // It opens nothing, so nobody shall have it.
    await browser.auth.signOut({ scope: 'local' });
    throw error;
  });
  if (!session) throw new AppError('internal', 'Sign-in gave no session. Quote the request id when you report it.');
  await recordAct(services, session.userId, action);
  return goTo(path, [...browser.setCookies(), await rememberDevice(services, request, session.userId)]);
}

function passwordMissing(): AppError {
  const issues = [{ field: 'password', message: 'at least 10 characters' }];
  return new AppError('invalid_request', 'password: at least 10 characters', { issues });
}

const recordAct = ({ auditLog }: Services, userId: string, action: string): Promise<void> =>
  auditLog.record({ organizationId: null, actor: { kind: 'user', id: userId }, action, target: userId });
