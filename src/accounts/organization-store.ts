import { type PrismaClient, type PrismaTransaction } from '@/db';
import { type OrganizationView, type Role } from './contracts';

/** A client, or a transaction on it. */
export type Database = PrismaClient | PrismaTransaction;

interface Membership {
  role: Role;
  organization: { id: string; name: string; slug: string; createdAt: Date };
}

const withOrganization = {
  select: { role: true, organization: { select: { id: true, name: true, slug: true, createdAt: true } } },
} as const;

const toView = ({ role, organization: { id, name, slug, createdAt } }: Membership): OrganizationView => ({
  id,
  name,
  slug,
  created_at: createdAt.toISOString(),
  role,
});

/** The organizations of a person, the one they joined first at the head. */
export async function listMemberships(db: Database, userId: string): Promise<OrganizationView[]> {
  const found = await db.organizationMember.findMany({
    where: { userId },
    orderBy: [{ createdAt: 'asc' }, { organizationId: 'asc' }],
    ...withOrganization,
  });
  return found.map(toView);
}

/** The organization as this person sees it; null for who is no member. */
export async function findMembership(
  db: Database,
  organizationId: string,
  userId: string,
): Promise<OrganizationView | null> {
  const found = await db.organizationMember.findUnique({
    where: { organizationId_userId: { organizationId, userId } },
    ...withOrganization,
  });
  return found && toView(found);
}

/** The id of a new organization; null where its slug, or a personal organization of that person, exists already. */
export async function insertOrganization(
  db: Database,
  organization: { name: string; slug: string; personalUserId: string | null; createdAt: Date },
): Promise<string | null> {
  const inserted = await db.organization.createManyAndReturn({
    data: organization,
    skipDuplicates: true,
    select: { id: true },
  });
  return inserted[0]?.id ?? null;
}

export async function hasPersonalOrganization(db: Database, userId: string): Promise<boolean> {
  return (await db.organization.count({ where: { personalUserId: userId } })) > 0;
}

/** Makes an organization of that person an ordinary one. */
export async function forgetPersonalUser(db: Database, organizationId: string, userId: string): Promise<void> {
  await db.organization.updateMany({
    where: { id: organizationId, personalUserId: userId },
    data: { personalUserId: null },
  });
}

export async function renameOrganization(db: Database, organizationId: string, name: string): Promise<void> {
  await db.organization.update({ where: { id: organizationId }, data: { name } });
}

/** Makes changes to one organization's members and invitations take turns until the transaction ends. */
export async function lockOrganization(transaction: PrismaTransaction, organizationId: string): Promise<void> {
  await transaction.$queryRaw`select id from organizations where id = ${organizationId}::uuid for no key update`;
}
