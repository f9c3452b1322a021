import { hasRole } from '@/accounts';
import { type Role } from '@/accounts/contracts';
import { AppError } from '@/kernel/errors';
import { handle, logFailure } from '../handle';
import { type Handler, type RequestContext, type RouteHandler } from '../handler';
import { interruptResponse, isNextInterrupt } from '../next-interrupt';
import { type UserPrincipal } from '../principal';
import { problemResponse, toAppError } from '../problem';
import { type ResolvedUser, resolveUser } from './resolve-user';
import { withCookies } from './response-cookies';
import { type Services } from '../services';

interface SessionOptions {
  /** The least role in the chosen organization that may call; a member unless said otherwise. */
  minimumRole?: Role;
}

export type WithSession = (handler: Handler<UserPrincipal>, options?: SessionOptions) => RouteHandler;

/** A route for people: behind the session cookie, or a Supabase access token as bearer. */
export function createWithSession(services: () => Services): WithSession {
  return (handler, { minimumRole = 'member' } = {}) =>
    withUser(services, async (request, { user, ...context }) => {
      if (!hasRole(user.principal.role, minimumRole)) {
        throw new AppError('forbidden', `This needs the role ${minimumRole} in the organization.`);
      }
      return handler(request, { ...context, principal: user.principal });
    });
}

/**
 * The ring below: who is signed in is known, with the whole session. Whatever the handler answers or throws, a session
 * that was renewed on the way reaches the browser, which would otherwise keep a token that is used up.
 */
export function withUser(
  services: () => Services,
  handler: (request: Request, context: RequestContext & { user: ResolvedUser }) => Promise<Response>,
): RouteHandler {
  return handle(services, async (request, context) => {
    const user = await resolveUser(context.services, request);
    if (!user) throw new AppError('unauthenticated', 'Sign in, or send an access token as a bearer.');
    const renewed = () => user.cookieSession?.setCookies() ?? [];
    const response = await handler(request, { ...context, user }).catch((thrown: unknown) => {
      if (isNextInterrupt(thrown)) {
        // Next would answer without the cookies, so where there are any its answer is given in its place.
        if (renewed().length === 0) throw thrown;
        return interruptResponse(thrown, request);
      }
      const error = toAppError(thrown);
      logFailure(context.services.log, error, request, context.requestId);
      return problemResponse(error, context.requestId);
    });
    return withCookies(response, renewed());
  });
}
