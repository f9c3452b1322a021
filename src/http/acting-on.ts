import { type UserPrincipal } from './principal';

/** The person of the session, acting on the organization that the path names, which need not be the chosen one. */
export const actingOn = ({ userId, email }: UserPrincipal, organizationId: string) => ({
  userId,
  email,
  organizationId,
});
