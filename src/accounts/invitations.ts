import { type PrismaClient, type PrismaTransaction, type SqlExecutor, sqlExecutorOf } from '@/db';
import { type Clock } from '@/kernel/clock';
import { AppError } from '@/kernel/errors';
import { plainAddress, plainWords } from '@/kernel/one-line';
import { type Allowance } from '@/plans';
import { type AuditLog } from './audit-log';
import { type InvitationView, type OrganizationView, type Role } from './contracts';
import {
  claimInvitation,
  countOpenInvitations,
  deleteInvitations,
  findInvitationByToken,
  insertInvitation,
  listOpenInvitations,
  revokeInvitation,
  revokeOpenInvitations,
} from './invitation-store';
import { invitationTokenDigest, newInvitationToken } from './invitation-token';
import { countMembers, findMember, hasMemberWithEmail, insertMember } from './member-store';
import { hasRole, mayInvite } from './membership-policy';
import { type Database, findMembership, lockOrganization } from './organization-store';
import { type Acting, type Person } from './organizations';

const VALID_MS = 7 * 24 * 60 * 60 * 1000;
/** How long after its end an invitation can still be told from one that never was. */
const REMEMBERED_MS = 30 * 24 * 60 * 60 * 1000;

/** Whoever sends mail: with an executor the message is sent only if that transaction commits. */
interface InvitationMailer {
  send(message: { to: string; subject: string; text: string }, executor?: SqlExecutor): Promise<void>;
}

export interface InvitationService {
  /** Those that can still be accepted. @throws AppError not_found, forbidden (owners and admins see them). */
  list(by: Acting): Promise<InvitationView[]>;
  /**
   * Invites an address for seven days and sends it the link; an open invitation of that address is replaced. Whoever is
   * invited has a seat, so that all who are can come.
   * @throws AppError not_found, forbidden (only owners invite owners), conflict for who is a member already, payment_required
   *   without a seat, rate_limited.
   */
  create(by: Acting & Person, input: { email: string; role: Role }): Promise<InvitationView>;
  /** @throws AppError not_found, forbidden. */
  revoke(by: Acting, invitationId: string): Promise<void>;
  /**
   * Makes the person a member, once, if the invitation went to the address they signed in with.
   * @throws AppError not_found for an unknown token, forbidden for another address, conflict for a used, revoked or
   * expired one, payment_required where the organization has moved to a plan with too few seats.
   */
  accept(person: Person, token: string): Promise<OrganizationView>;
  /** Removes invitations that ran out more than 30 days ago, accepted or not; the audit log remembers them. Resolves to how many. */
  removeOld(): Promise<number>;
}

interface Options {
  prisma: PrismaClient;
  auditLog: AuditLog;
  clock: Clock;
  /** Public address of this installation, without a slash at its end. */
  appUrl: string;
  mailer: InvitationMailer;
  /** How many members an organization may have. */
  seatsOf: (organizationId: string) => Promise<Allowance>;
  /** Counts an attempt to write to an address in the name of an organization. @throws AppError rate_limited */
  countAttempt: (by: Acting, email: string) => Promise<void>;
}

export function createInvitationService(options: Options): InvitationService {
  const { prisma, auditLog, clock, appUrl, mailer, seatsOf, countAttempt } = options;
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

    async create(by, { email, role }) {
      const judge = (db: Database, seats: Allowance) => mayBeInvited(db, by, { email, role }, seats);
      // Who is not of the organization learns nothing of its plan.
      await requireManager(prisma, by);
      const seats = await seatsOf(by.organizationId);
      await judge(prisma, seats);
      await countAttempt(by, email);
      return prisma.$transaction(async (tx) => {
        await lockOrganization(tx, by.organizationId);
        const organization = await judge(tx, seats);
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
      });
    },

    revoke: (by, invitationId) =>
      prisma.$transaction(async (tx) => {
        await lockOrganization(tx, by.organizationId);
        await requireManager(tx, by);
        const revoked = await revokeInvitation(tx, by.organizationId, invitationId, clock.now());
        if (!revoked) throw new AppError('not_found', 'There is no such open invitation.');
        await record(tx, by, 'invitation.revoked', invitationId, { email: revoked.email });
      }),

    async accept(person, token) {
      const found = await findInvitationByToken(prisma, invitationTokenDigest(token));
      if (!found) throw new AppError('not_found', 'This invitation is not known. Ask for a new one.');
      if (found.email !== person.email.toLowerCase()) {
        throw new AppError('forbidden', 'This invitation was sent to another address. Sign in with that address.');
      }
      const by = { organizationId: found.organizationId, userId: person.userId };
      const { limit } = await seatsOf(by.organizationId);
      return prisma.$transaction(async (tx) => {
        await lockOrganization(tx, by.organizationId);
        const claimed = await claimInvitation(tx, by.organizationId, found.id, clock.now());
        if (!claimed) {
          throw new AppError('conflict', 'This invitation was used, taken back or has expired. Ask for a new one.');
        }
        const isMember = (await findMember(tx, by.organizationId, by.userId)) !== null;
        if (!isMember && limit !== null && (await countMembers(tx, by.organizationId)) >= limit) throw noSeat();
        await insertMember(tx, by.organizationId, { ...person, role: claimed.role });
        await record(tx, by, 'invitation.accepted', claimed.id, { email: claimed.email, role: claimed.role });
        return (await findMembership(tx, by.organizationId, by.userId))!;
      });
    },

    removeOld: () => deleteInvitations(prisma, new Date(clock.now().getTime() - REMEMBERED_MS)),
  };

  /** The organization, if this address may be invited to it by this person, and there is a seat. */
  async function mayBeInvited(
    db: Database,
    by: Acting,
    { email, role }: { email: string; role: Role },
    { limit, refusal }: Allowance,
  ): Promise<OrganizationView> {
    const organization = await requireManager(db, by);
    if (!mayInvite(organization.role, role)) throw new AppError('forbidden', 'Only owners invite owners.');
    if (await hasMemberWithEmail(db, by.organizationId, email)) {
      throw new AppError('conflict', `${email} is a member already.`);
    }
    if (limit === null) return organization;
    const [members, invited] = [
      await countMembers(db, by.organizationId),
      await countOpenInvitations(db, by.organizationId, clock.now(), email),
    ];
    if (members + invited >= limit) throw refusal(members + invited);
    return organization;
  }
}

/** For the person who was invited, whom the plan does not concern. */
const noSeat = () =>
  new AppError(
    'payment_required',
    'The organization has as many members as its plan allows. Ask whoever invited you to make room; the invitation stays open.',
  );

async function requireManager(db: Database, { organizationId, userId }: Acting): Promise<OrganizationView> {
  const organization = await findMembership(db, organizationId, userId);
  if (!organization) throw new AppError('not_found', 'There is no such organization, or you are not a member of it.');
  if (!hasRole(organization.role, 'admin')) {
    throw new AppError('forbidden', 'Only owners and admins manage invitations.');
  }
  return organization;
}

/** The reader knows neither who writes nor what their organization is called: of that, nothing may pass for our own words. */
function invitationMail(by: Person, organization: OrganizationView, invitation: InvitationView, link: string) {
  const name = plainWords(organization.name);
  const named = name === '' ? 'an organization' : `“${name}”`;
  return {
    to: invitation.email,
    subject: `Join ${named} on Tollgate`,
    text: [
      `${plainAddress(by.email)} invites you to join ${named} as ${invitation.role}.`,
      `Accept the invitation: ${link}`,
      `It is meant for ${invitation.email} and can be used once, until ${invitation.expires_at}.`,
    ].join('\n\n'),
  };
}
