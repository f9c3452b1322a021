import { type PrismaClient, type PrismaTransaction, type SqlExecutor, sqlExecutorOf } from '@/db';
import { type Clock } from '@/kernel/clock';
import { AppError } from '@/kernel/errors';
import { type AuditLog } from './audit-log';
import { type InvitationView, type OrganizationView, type Role } from './contracts';
import {
  claimInvitation,
  findInvitationByToken,
  insertInvitation,
  listOpenInvitations,
  revokeInvitation,
  revokeOpenInvitations,
} from './invitation-store';
import { invitationTokenDigest, newInvitationToken } from './invitation-token';
import { hasMemberWithEmail, insertMember } from './member-store';
import { hasRole, mayInvite } from './membership-policy';
import { type Database, findMembership, lockOrganization } from './organization-store';
import { type Acting, type Person } from './organizations';

const VALID_MS = 7 * 24 * 60 * 60 * 1000;

/** Whoever sends mail: with an executor the message is sent only if that transaction commits. */
interface InvitationMailer {
  send(message: { to: string; subject: string; text: string }, executor?: SqlExecutor): Promise<void>;
}

export interface InvitationService {
  /** Those that can still be accepted. @throws AppError not_found, forbidden (owners and admins see them). */
  list(by: Acting): Promise<InvitationView[]>;
  /**
   * Invites an address for seven days and sends it the link; an open invitation of that address is replaced.
   * @throws AppError not_found, forbidden (only owners invite owners), conflict for who is a member already.
   */
  create(by: Acting & Person, input: { email: string; role: Role }): Promise<InvitationView>;
  /** @throws AppError not_found, forbidden. */
  revoke(by: Acting, invitationId: string): Promise<void>;
  /**
   * Makes the person a member, once, if the invitation went to the address they signed in with.
   * @throws AppError not_found for an unknown token, forbidden for another address, conflict for a used, revoked or
   * expired one.
   */
  accept(person: Person, token: string): Promise<OrganizationView>;
}

interface Options {
  prisma: PrismaClient;
  auditLog: AuditLog;
  clock: Clock;
  /** Public address of this installation, without a slash at its end. */
  appUrl: string;
  mailer: InvitationMailer;
}

export function createInvitationService({ prisma, auditLog, clock, appUrl, mailer }: Options): InvitationService {
  const record = (
    tx: PrismaTransaction,
    by: Acting,
    action: string,
    target: string,
    details: Record<string, unknown>,
  ) =>
    auditLog.record(
      { organizationId: by.organizationId, actor: { kind: 'user', id: by.userId }, action, target, details },
      sqlExecutorOf(tx),
    );

  return {
    async list(by) {
      await requireManager(prisma, by);
      return listOpenInvitations(prisma, by.organizationId, clock.now());
    },

    create: (by, { email, role }) =>
      prisma.$transaction(async (tx) => {
        await lockOrganization(tx, by.organizationId);
        const organization = await requireManager(tx, by);
        if (!mayInvite(organization.role, role)) throw new AppError('forbidden', 'Only owners invite owners.');
        if (await hasMemberWithEmail(tx, by.organizationId, email)) {
          throw new AppError('conflict', `${email} is a member already.`);
        }
        const createdAt = clock.now();
        const token = newInvitationToken();
        await revokeOpenInvitations(tx, by.organizationId, email, createdAt);
        const invitation = await insertInvitation(tx, by.organizationId, {
          email,
          role,
          tokenSha256: invitationTokenDigest(token),
          invitedBy: by.userId,
          createdAt,
          expiresAt: new Date(createdAt.getTime() + VALID_MS),
        });
        await record(tx, by, 'invitation.created', invitation.id, { email, role });
        const link = `${appUrl}/invitations/accept?token=${token}`;
        await mailer.send(invitationMail(by, organization, invitation, link), sqlExecutorOf(tx));
        return invitation;
      }),

    revoke: (by, invitationId) =>
      prisma.$transaction(async (tx) => {
        await lockOrganization(tx, by.organizationId);
        await requireManager(tx, by);
        const revoked = await revokeInvitation(tx, by.organizationId, invitationId, clock.now());
        if (!revoked) throw new AppError('not_found', 'There is no such open invitation.');
        await record(tx, by, 'invitation.revoked', invitationId, { email: revoked.email });
      }),

    accept: (person, token) =>
      prisma.$transaction(async (tx) => {
        const found = await findInvitationByToken(tx, invitationTokenDigest(token));
        if (!found) throw new AppError('not_found', 'This invitation is not known. Ask for a new one.');
        if (found.email !== person.email.toLowerCase()) {
          throw new AppError('forbidden', 'This invitation was sent to another address. Sign in with that address.');
        }
        const by = { organizationId: found.organizationId, userId: person.userId };
        await lockOrganization(tx, by.organizationId);
        const claimed = await claimInvitation(tx, by.organizationId, found.id, clock.now());
        if (!claimed) {
          throw new AppError('conflict', 'This invitation was used, taken back or has expired. Ask for a new one.');
        }
        await insertMember(tx, by.organizationId, { ...person, role: claimed.role });
        await record(tx, by, 'invitation.accepted', claimed.id, { email: claimed.email, role: claimed.role });
        return (await findMembership(tx, by.organizationId, by.userId))!;
      }),
  };
}

async function requireManager(db: Database, { organizationId, userId }: Acting): Promise<OrganizationView> {
  const organization = await findMembership(db, organizationId, userId);
  if (!organization) throw new AppError('not_found', 'There is no such organization, or you are not a member of it.');
  if (!hasRole(organization.role, 'admin')) {
    throw new AppError('forbidden', 'Only owners and admins manage invitations.');
  }
  return organization;
}

function invitationMail(by: Person, organization: OrganizationView, invitation: InvitationView, link: string) {
  return {
    to: invitation.email,
    subject: `Join ${organization.name} on Tollgate`,
    text: [
      `${by.email} invites you to join ${organization.name} as ${invitation.role}.`,
      `Accept the invitation: ${link}`,
      `It is meant for ${invitation.email} and can be used once, until ${invitation.expires_at}.`,
    ].join('\n\n'),
  };
}
