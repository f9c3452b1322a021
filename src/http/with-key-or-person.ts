import { type Role } from '@/accounts/contracts';
import { hasRole } from '@/accounts';
import { AppError } from '@/kernel/errors';
import { admitKey } from './call/admit-key';
import { carriesApiKey } from './credentials';
import { handle } from './handle';
import { type Handler, type RouteHandler } from './handler';
import { type Principal } from './principal';
import { type Services } from './services';
import { withUser } from './session/with-session';

interface KeyOrPersonOptions {
  /** What a key must be allowed, e.g. `usage:read`; any key will do if absent. */
  scope?: string;
  /** The least role of a person in the chosen organization; a member unless said otherwise. */
  minimumRole?: Role;
}

type WithKeyOrPerson = (options: KeyOrPersonOptions, handler: Handler<Principal>) => RouteHandler;

/** A route for people (session cookie or Supabase access token) and programs (a key with the scope). It is not metered. */
export function createWithKeyOrPerson(services: () => Services): WithKeyOrPerson {
  return ({ scope, minimumRole = 'member' }, handler) => {
    const byKey = handle(services, async (request, context) => {
      const { originOf, apiKeyVerifier } = context.services;
      const header = (name: string) => request.headers.get(name);
      const principal = await admitKey(apiKeyVerifier, header, originOf(header), scope);
      return handler(request, { ...context, principal });
    });
    const byUser = withUser(services, async (request, { user, ...context }) => {
      if (!hasRole(user.principal.role, minimumRole)) {
        throw new AppError('forbidden', `This needs the role ${minimumRole} in the organization.`);
      }
      return handler(request, { ...context, principal: user.principal });
    });
    return (request, context) =>
      carriesApiKey((name) => request.headers.get(name)) ? byKey(request, context) : byUser(request, context);
  };
}
