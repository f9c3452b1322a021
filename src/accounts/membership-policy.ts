import { type Role } from './contracts';

const RANK = { owner: 2, admin: 1, member: 0 } satisfies Record<Role, number>;

/** Whether `held` is at least `needed`. */
export const hasRole = (held: Role, needed: Role): boolean => RANK[held] >= RANK[needed];

/** Only owners make or unmake owners; owners and admins manage everyone else. */
const manages = (actor: Role, subject: Role): boolean => hasRole(actor, subject === 'owner' ? 'owner' : 'admin');

export const mayInvite = (actor: Role, invited: Role): boolean => manages(actor, invited);

/** Also for oneself: an admin may step down, and nobody steps up on their own. */
export const mayChangeRole = (actor: Role, present: Role, next: Role): boolean =>
  manages(actor, present) && manages(actor, next);

/** Leaving is always allowed; that an owner remains is the database's business. */
export const mayRemove = (actor: Role, target: Role, isSelf: boolean): boolean => isSelf || manages(actor, target);

export const mayManageOrganization = (actor: Role): boolean => hasRole(actor, 'admin');
