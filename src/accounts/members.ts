import { type PrismaClient, type PrismaTransaction, sqlExecutorOf, sqlStateOf } from '@/db';
import { AppError } from '@/kernel/errors';
import { type AuditLog } from './audit-log';
import { type MemberView, type Role } from './contracts';
import { deleteMember, findMember, listMembers, updateRole } from './member-store';
import { mayChangeRole, mayRemove } from './membership-policy';
import { forgetPersonalUser, lockOrganization } from './organization-store';
import { type Acting } from './organizations';

export interface MemberService {
  /** @throws AppError not_found for who is no member. */
  list(by: Acting): Promise<MemberView[]>;
  /** @throws AppError not_found, forbidden, last_owner. */
  changeRole(by: Acting, userId: string, role: Role): Promise<MemberView>;
  /** Removing oneself is leaving. @throws AppError not_found, forbidden, last_owner. */
  remove(by: Acting, userId: string): Promise<void>;
}

/** The trigger keep_last_owner raises this. */
const LAST_OWNER = 'TG001';

/**
 * Members of an organization. Changes of one organization take turns, and what the actor may do is read within the
 * turn: two people who demote each other at once end with one of them refused.
 */
export function createMemberService({ prisma, auditLog }: { prisma: PrismaClient; auditLog: AuditLog }): MemberService {
  async function inTurn<T>(
    by: Acting,
    userId: string,
    work: (tx: PrismaTransaction, actor: MemberView, target: MemberView) => Promise<T>,
  ): Promise<T> {
    try {
      return await prisma.$transaction(async (tx) => {
        await lockOrganization(tx, by.organizationId);
        const actor = await findMember(tx, by.organizationId, by.userId);
        if (!actor) throw noSuchOrganization();
        const target = await findMember(tx, by.organizationId, userId);
        if (!target) throw new AppError('not_found', 'There is no such member.');
        return work(tx, actor, target);
      });
    } catch (error) {
      if (sqlStateOf(error) !== LAST_OWNER) throw error;
      throw new AppError('last_owner', 'This is the only owner. Make someone else an owner first.', { cause: error });
    }
  }

  return {
    async list(by) {
      const members = await listMembers(prisma, by.organizationId);
      if (!members.some((member) => member.user_id === by.userId)) throw noSuchOrganization();
      return members;
    },

    changeRole: (by, userId, role) =>
      inTurn(by, userId, async (tx, actor, target) => {
        if (!mayChangeRole(actor.role, target.role, role)) {
          throw new AppError('forbidden', 'Your role does not allow you to make this change.');
        }
        await updateRole(tx, by.organizationId, userId, role);
        await auditLog.record(
          {
            organizationId: by.organizationId,
            actor: { kind: 'user', id: by.userId },
            action: 'member.role_changed',
            target: userId,
            details: { from: target.role, to: role },
          },
          sqlExecutorOf(tx),
        );
        return { ...target, role };
      }),

    remove: (by, userId) =>
      inTurn(by, userId, async (tx, actor, target) => {
        const isSelf = by.userId === userId;
        if (!mayRemove(actor.role, target.role, isSelf)) {
          throw new AppError('forbidden', 'Your role does not allow you to remove this member.');
        }
        await deleteMember(tx, by.organizationId, userId);
        // Else they would be left without an organization at their next sign-in.
        await forgetPersonalUser(tx, by.organizationId, userId);
        await auditLog.record(
          {
            organizationId: by.organizationId,
            actor: { kind: 'user', id: by.userId },
            action: isSelf ? 'member.left' : 'member.removed',
            target: userId,
            details: { email: target.email, role: target.role },
          },
          sqlExecutorOf(tx),
        );
      }),
  };
}

const noSuchOrganization = () =>
  new AppError('not_found', 'There is no such organization, or you are not a member of it.');
