import { type PrismaClient, type PrismaTransaction, sqlExecutorOf } from '@/db';
import { type Clock } from '@/kernel/clock';
import { AppError } from '@/kernel/errors';
import { isOneLine, plainWords } from '@/kernel/one-line';
import { type AuditLog } from './audit-log';
import { type OrganizationView } from './contracts';
import { mayManageOrganization } from './membership-policy';
import { insertMember } from './member-store';
import { localPartOf, slugCandidate } from './organization-slug';
import {
  findMembership,
  hasPersonalOrganization,
  insertOrganization,
  listMemberships,
  lockOrganization,
  renameOrganization,
} from './organization-store';

/** A person, by the id and address their sign-in gave them. */
export interface Person {
  userId: string;
  email: string;
}

/** A person acting on one organization. What they may do there is read anew each time. */
export interface Acting {
  userId: string;
  organizationId: string;
}

export interface OrganizationService {
  listForUser(userId: string): Promise<OrganizationView[]>;
  /** @throws AppError not_found, also for who is no member. */
  get(by: Acting): Promise<OrganizationView>;
  create(by: Person, input: { name: string }): Promise<OrganizationView>;
  /** @throws AppError not_found, forbidden (owners and admins rename). */
  rename(by: Acting, input: { name: string }): Promise<OrganizationView>;
  /** The organizations of a person who may have just signed up: their own is made if they have none. Repeatable. */
  ensurePersonal(person: Person): Promise<OrganizationView[]>;
}

const SLUG_ATTEMPTS = 6;
const NAME_LIMIT = 100;

interface NewOrganization {
  name: string;
  slugFrom: string;
  owner: Person;
  personal: boolean;
}

interface Dependencies {
  prisma: PrismaClient;
  auditLog: AuditLog;
  /** When an organization begins: its subscription's anchor is the day of this. */
  clock: Clock;
}

export function createOrganizationService({ prisma, auditLog, clock }: Dependencies): OrganizationService {
  /** The id of the new organization; null where the person's own exists already. */
  async function insert(tx: PrismaTransaction, { name, slugFrom, owner, personal }: NewOrganization) {
    const personalUserId = personal ? owner.userId : null;
    for (let attempt = 0; attempt < SLUG_ATTEMPTS; attempt++) {
      const id = await insertOrganization(tx, {
        name,
        slug: slugCandidate(slugFrom, attempt),
        personalUserId,
        createdAt: clock.now(),
      });
      if (id) {
        await insertMember(tx, id, { ...owner, role: 'owner' });
        await auditLog.record(
          {
            organizationId: id,
            actor: { kind: 'user', id: owner.userId },
            action: 'organization.created',
            target: id,
            details: { name, personal },
          },
          sqlExecutorOf(tx),
        );
        return id;
      }
      if (personal && (await hasPersonalOrganization(tx, owner.userId))) return null;
    }
    throw new AppError('unavailable', 'No short name is free for this organization. Try again.', { retryable: true });
  }

  const get = async ({ organizationId, userId }: Acting, db: PrismaClient | PrismaTransaction = prisma) => {
    const found = await findMembership(db, organizationId, userId);
    if (!found) throw new AppError('not_found', 'There is no such organization, or you are not a member of it.');
    return found;
  };

  return {
    listForUser: (userId) => listMemberships(prisma, userId),
    get: (by) => get(by),

    async create(owner, { name }) {
      const id = await prisma.$transaction((tx) => insert(tx, { name, slugFrom: name, owner, personal: false }));
      return get({ userId: owner.userId, organizationId: id! });
    },

    rename: (by, { name }) =>
      prisma.$transaction(async (tx) => {
        await lockOrganization(tx, by.organizationId);
        const before = await get(by, tx);
        if (!mayManageOrganization(before.role)) {
          throw new AppError('forbidden', 'Only owners and admins rename an organization.');
        }
        await renameOrganization(tx, by.organizationId, name);
        await auditLog.record(
          {
            organizationId: by.organizationId,
            actor: { kind: 'user', id: by.userId },
            action: 'organization.renamed',
            target: by.organizationId,
            details: { from: before.name, to: name },
          },
          sqlExecutorOf(tx),
        );
        return { ...before, name };
      }),

    async ensurePersonal(person) {
      const present = await listMemberships(prisma, person.userId);
      if (present.length > 0) return present;
      const localPart = localPartOf(person.email);
      const owner = isOneLine(localPart) ? localPart : plainWords(localPart);
      const name = `${owner}’s organization`.slice(0, NAME_LIMIT);
      await prisma.$transaction((tx) => insert(tx, { name, slugFrom: localPart, owner: person, personal: true }), {
        // Those who want one short name at the same moment wait for each other.
        timeout: 15_000,
      });
      return listMemberships(prisma, person.userId);
    },
  };
}
