import { type PrismaTransaction } from '@/db';
import { type MemberView, type Role } from './contracts';
import { type Database } from './organization-store';

const columns = { userId: true, email: true, role: true, createdAt: true } as const;

const toView = (row: { userId: string; email: string; role: Role; createdAt: Date }): MemberView => ({
  user_id: row.userId,
  email: row.email,
  role: row.role,
  created_at: row.createdAt.toISOString(),
});

/** The members in the order in which they joined. */
export async function listMembers(db: Database, organizationId: string): Promise<MemberView[]> {
  const rows = await db.organizationMember.findMany({
    where: { organizationId },
    orderBy: [{ createdAt: 'asc' }, { userId: 'asc' }],
    select: columns,
  });
  return rows.map(toView);
}

export async function findMember(db: Database, organizationId: string, userId: string): Promise<MemberView | null> {
  const row = await db.organizationMember.findUnique({
    where: { organizationId_userId: { organizationId, userId } },
    select: columns,
  });
  return row && toView(row);
}

export async function hasMemberWithEmail(db: Database, organizationId: string, email: string): Promise<boolean> {
  return (await db.organizationMember.count({ where: { organizationId, email } })) > 0;
}

export const countMembers = (db: Database, organizationId: string): Promise<number> =>
  db.organizationMember.count({ where: { organizationId } });

/** Who is a member already stays what they are. */
export async function insertMember(
  tx: PrismaTransaction,
  organizationId: string,
  { userId, email, role }: { userId: string; email: string; role: Role },
): Promise<void> {
  await tx.organizationMember.createMany({ data: { organizationId, userId, email, role }, skipDuplicates: true });
}

/** @throws the database's TG001 where no owner would remain. */
export async function updateRole(
  tx: PrismaTransaction,
  organizationId: string,
  userId: string,
  role: Role,
): Promise<void> {
  await tx.organizationMember.updateMany({ where: { organizationId, userId }, data: { role } });
}

/** @throws the database's TG001 where no owner would remain. */
export async function deleteMember(tx: PrismaTransaction, organizationId: string, userId: string): Promise<void> {
  await tx.organizationMember.deleteMany({ where: { organizationId, userId } });
}
