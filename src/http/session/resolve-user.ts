import { type SessionView } from '@/accounts/contracts';
import { AppError } from '@/kernel/errors';
import { bearerToken } from '../credentials';
import { chosenOrganization, ORGANIZATION_HEADER } from './organization-choice';
import { type UserPrincipal } from '../principal';
import { requireOwnOrigin } from '../origin/same-origin';
import { type Services } from '../services';
import { type CookieSession } from './supabase-server';

export interface ResolvedUser {
  principal: UserPrincipal;
  session: SessionView;
  /** The session in the cookies; null for an access token in the Authorization header. */
  cookieSession: CookieSession | null;
}

/** Three parts, as every signed token has; an API key has none. */
const SIGNED_TOKEN = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/**
 * The person behind a request: by a Supabase access token in the Authorization header, else by the session cookies.
 * A renewed session must reach the browser: put `cookieSession.setCookies()` on the response.
 * @returns null where the request carries neither.
 * @throws AppError unauthenticated for a credential that does not hold; forbidden for an organization the person does
 * not belong to, or for a cookie on a request that another site caused; unavailable.
 */
export async function resolveUser(services: Services, request: Request): Promise<ResolvedUser | null> {
  const { headers } = request;
  if (headers.has('authorization')) {
    const token = bearerToken((name) => headers.get(name));
    return token !== null && SIGNED_TOKEN.test(token) ? resolveToken(services, token, headers) : null;
  }
  const cookieHeader = headers.get('cookie');
  const cookieSession = services.supabase.openSession(cookieHeader);
  if (!cookieSession.isPresent) return null;
  requireOwnOrigin(request, services.env.APP_URL);
  const session = await resolveCookieSession(services, cookieSession, cookieHeader);
  return session && { session, principal: principalOf(session), cookieSession };
}

async function resolveToken(services: Services, token: string, headers: Headers): Promise<ResolvedUser> {
  const identity = await services.accessTokens.verify(token);
  const wanted = headers.get(ORGANIZATION_HEADER)?.toLowerCase() ?? null;
  const session = await services.sessions.resolve(identity, wanted);
  if (wanted !== null && session.organization.id !== wanted) {
    throw new AppError('forbidden', `You are not a member of the organization that ${ORGANIZATION_HEADER} names.`);
  }
  return { session, principal: principalOf(session), cookieSession: null };
}

/** The session of a browser, or null where its cookies hold none that could still be renewed. */
export async function resolveCookieSession(
  services: Pick<Services, 'accessTokens' | 'sessions'>,
  cookieSession: CookieSession,
  cookieHeader: string | null,
): Promise<SessionView | null> {
  const token = await cookieSession.accessToken();
  if (token === null) return null;
  const identity = await services.accessTokens.verify(token);
  return services.sessions.resolve(identity, chosenOrganization(cookieHeader));
}

const principalOf = ({ userId, email, isPlatformAdmin, organization }: SessionView): UserPrincipal => ({
  kind: 'user',
  userId,
  email,
  organizationId: organization.id,
  role: organization.role,
  isPlatformAdmin,
});
