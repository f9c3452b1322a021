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
  signUpInput,
  switchOrganizationInput,
} from '@/accounts/contracts';
import { AppError } from '@/kernel/errors';
import { authProblem, signInProblem } from './auth-problem';
import { createConfirmRoute } from './confirm-route';
import { handle } from '../handle';
import { type RequestContext, type RouteHandler } from '../handler';
import { limitAttempts, type LimitedAct } from '../limit-attempts';
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
  /** GET: the target of the links in mail. */
  confirm: RouteHandler;
}

const HOME = '/usage';
const SIGN_IN = '/sign-in';

const goTo = (path: string, setCookies: readonly string[] = []): Response =>
  withCookies(Response.json({ redirect_to: path } satisfies z.output<typeof sessionChanged>), setCookies);

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
      const { supabase, env } = made;
      const { email, password } = await readJson(request, signUpInput);
      await limitByAddress(made, request, 'sign_up', email);
      const { data, error } = await supabase.anonymousAuth.signUp({
        email,
        password,
        options: { emailRedirectTo: `${env.APP_URL}/auth/confirm` },
      });
      if (error) throw authProblem(error);
      // Without a session the address must be confirmed first; for a known address the answer is the same.
      if (!data.session) return goTo(`${SIGN_IN}?notice=confirm-address`);
      const browser = supabase.openSession(null);
      const kept = await browser.auth.setSession(data.session);
      if (kept.error) throw authProblem(kept.error);
      return enter(made, browser, 'user.signed_up');
    }),

    signIn: open(async (request, { services: made }) => {
      const { email, password } = await readJson(request, credentials);
      await limitByAddress(made, request, 'sign_in', email);
      const browser = made.supabase.openSession(null);
      const { error } = await browser.auth.signInWithPassword({ email, password });
      if (error) throw signInProblem(error);
      return enter(made, browser, 'user.signed_in');
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
      const { supabase, env, log } = made;
      const { email } = await readJson(request, requestResetInput);
      await limitByAddress(made, request, 'password_reset', email);
      const redirectTo = `${env.APP_URL}/auth/confirm?next=/update-password`;
      const { error } = await supabase.anonymousAuth.resetPasswordForEmail(email, { redirectTo });
      // The answer says nothing about whether the address is known.
      if (error) log.warn({ err: error }, 'a password reset could not be sent');
      return goTo(`${SIGN_IN}?notice=reset-sent`);
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

    confirm: createConfirmRoute(services, HOME),
  };
}

/** Holds what anybody may try to the limits of their network address and of the account they name. */
function limitByAddress(services: Services, request: Request, act: LimitedAct, email: string): Promise<void> {
  const { ip } = services.originOf((name) => request.headers.get(name));
  return limitAttempts(services, act, { ip, account: email });
}

/** What follows every sign-in: the first one makes the person's own organization. */
async function enter(services: Services, browser: CookieSession, action: string): Promise<Response> {
  const session = await resolveCookieSession(services, browser, null);
  if (!session) throw new AppError('internal', 'Sign-in gave no session. Quote the request id when you report it.');
  await recordAct(services, session.userId, action);
  return goTo(HOME, browser.setCookies());
}

const recordAct = ({ auditLog }: Services, userId: string, action: string): Promise<void> =>
  auditLog.record({ organizationId: null, actor: { kind: 'user', id: userId }, action, target: userId });
