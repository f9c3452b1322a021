import { AppError } from '@/kernel/errors';
import { type Handler, type RouteHandler } from './handler';
import { limitAttempts } from './limit-attempts';
import { type UserPrincipal } from './principal';
import { type Services } from './services';
import { withUser } from './session/with-session';

export type WithAdmin = (handler: Handler<UserPrincipal>) => RouteHandler;

/**
 * A route for platform admins (ADMIN_USER_IDS, ADMIN_EMAILS), whatever their role in an organization. Who is none counts
 * against the limit as well, so that nobody tries these routes for long.
 */
export function createWithAdmin(services: () => Services): WithAdmin {
  return (handler) =>
    withUser(services, async (request, { user, ...context }) => {
      const { principal } = user;
      const { ip } = context.services.originOf((name) => request.headers.get(name));
      await limitAttempts(context.services, 'admin', { ip, account: principal.userId });
      if (!principal.isPlatformAdmin) throw new AppError('forbidden', 'This is for platform admins.');
      return handler(request, { ...context, principal });
    });
}
