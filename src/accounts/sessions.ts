import { type Pool } from 'pg';
import { AppError } from '@/kernel/errors';
import { type SessionView } from './contracts';
import { type Identity } from './identity';
import { type OrganizationService } from './organizations';
import { readStanding, recordProof } from './session-store';

export interface SessionService {
  /**
   * The session of a verified identity: its organizations, one of them chosen. A person without any gets their own.
   * `wantedOrganizationId` is a wish: where the person is no member of it, the organization joined first is chosen.
   * @throws AppError unauthenticated when the session has been ended, or the account's address is still to be confirmed.
   */
  resolve(identity: Identity, wantedOrganizationId: string | null): Promise<SessionView>;
  /**
   * Takes an address as the person's, who followed a link that was mailed to it. Call it only when the account's password is
   * one that they chose and all other sessions have been ended: from then on both open the account.
   */
  proveAddress(identity: Identity): Promise<void>;
}

interface Options {
  pool: Pool;
  organizations: OrganizationService;
  adminUserIds: readonly string[];
  adminEmails: readonly string[];
}

export function createSessionService({ pool, organizations, adminUserIds, adminEmails }: Options): SessionService {
  const admins = {
    ids: new Set(adminUserIds.map((id) => id.toLowerCase())),
    emails: new Set(adminEmails.map((email) => email.toLowerCase())),
  };

  return {
    async resolve(identity, wantedOrganizationId) {
      const { userId, email } = identity;
      const standing = await readStanding(pool, identity);
      if (!standing.sessionIsOpen) throw new AppError('unauthenticated', 'This session has ended. Sign in again.');
      if (!standing.accountIsSettled) {
        throw new AppError(
          'unauthenticated',
          'This address is not confirmed yet. Follow the link that was sent to it, or ask for a new one by “Forgot your password?”.',
        );
      }
      const found = await organizations.ensurePersonal({ userId, email });
      const chosen = found.find(({ id }) => id === wantedOrganizationId) ?? found[0];
      if (!chosen) throw new Error('a person without any organization');
      return {
        userId,
        email,
        isPlatformAdmin: admins.ids.has(userId) || (standing.emailIsProven && admins.emails.has(email)),
        organization: chosen,
        organizations: found,
      };
    },

    proveAddress: (identity) => recordProof(pool, identity),
  };
}
