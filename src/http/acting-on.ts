import { z } from 'zod';
import { type RouteParams } from './handler';
import { type UserPrincipal } from './principal';
import { checkInput } from './read-json';

const id = z.uuid().transform((text) => text.toLowerCase());

/** A UUID of the path. @throws AppError invalid_request naming the parameter. */
export const uuidOf = (params: RouteParams, name: string): string =>
  checkInput(z.object({ [name]: id }), params, 'path')[name]!;

/** The person of the session, acting on the organization that the path names, which need not be the chosen one. */
export const actingOn = (principal: UserPrincipal, params: RouteParams) => ({
  userId: principal.userId,
  email: principal.email,
  organizationId: uuidOf(params, 'id'),
});
