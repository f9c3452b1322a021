import { type PrismaTransaction } from '@/db';
import { type InvitationView, type Role } from './contracts';
import { type Database } from './organization-store';

const columns = { id: true, email: true, role: true, createdAt: true, expiresAt: true } as const;
const open = { acceptedAt: null, revokedAt: null } as const;

interface Row {
  id: string;
  email: string;
  role: Role;
  createdAt: Date;
  expiresAt: Date;
}

const toView = (row: Row): InvitationView => ({
  id: row.id,
  email: row.email,
  role: row.role,
  created_at: row.createdAt.toISOString(),
  expires_at: row.expiresAt.toISOString(),
});

/** The invitations that can still be accepted, newest first. */
export async function listOpenInvitations(db: Database, organizationId: string, now: Date): Promise<InvitationView[]> {
  const rows = await db.organizationInvitation.findMany({
    where: { organizationId, ...open, expiresAt: { gt: now } },
    orderBy: [{ createdAt: 'desc' }, { id: 'asc' }],
    select: columns,
  });
  return rows.map(toView);
}

/** How many may still become members, but for the owner of an address who is invited anew. */
export const countOpenInvitations = (
  db: Database,
  organizationId: string,
  now: Date,
  exceptEmail: string,
): Promise<number> =>
  db.organizationInvitation.count({
    where: { organizationId, ...open, expiresAt: { gt: now }, email: { not: exceptEmail } },
  });

export async function insertInvitation(
  tx: PrismaTransaction,
  organizationId: string,
  invitation: {
    email: string;
    role: Role;
    tokenSha256: Uint8Array<ArrayBuffer>;
    invitedBy: string;
    createdAt: Date;
    expiresAt: Date;
  },
): Promise<InvitationView> {
  const row = await tx.organizationInvitation.create({ data: { organizationId, ...invitation }, select: columns });
  return toView(row);
}

/** Takes back what is open for an address, expired or not. */
export async function revokeOpenInvitations(
  tx: PrismaTransaction,
  organizationId: string,
  email: string,
  now: Date,
): Promise<void> {
  await tx.organizationInvitation.updateMany({
    where: { organizationId, email, ...open },
    data: { revokedAt: now },
  });
}

/** The invitation that was taken back; null where none of that id was open. */
export async function revokeInvitation(
  tx: PrismaTransaction,
  organizationId: string,
  id: string,
  now: Date,
): Promise<InvitationView | null> {
  const rows = await tx.organizationInvitation.updateManyAndReturn({
    where: { organizationId, id, ...open },
    data: { revokedAt: now },
    select: columns,
  });
  return rows[0] ? toView(rows[0]) : null;
}

/** Removes invitations that were over before `before`, whatever became of them; resolves to how many. */
export async function deleteInvitations(db: Database, before: Date): Promise<number> {
  const { count } = await db.organizationInvitation.deleteMany({ where: { expiresAt: { lt: before } } });
  return count;
}

/** Whom a token invites where; a token that was never given out is null, one that is used or taken back is not. */
export async function findInvitationByToken(
  db: Database,
  tokenSha256: Uint8Array<ArrayBuffer>,
): Promise<{ id: string; organizationId: string; email: string } | null> {
  return db.organizationInvitation.findUnique({
    where: { tokenSha256 },
    select: { id: true, organizationId: true, email: true },
  });
}

/** Marks an open invitation as accepted; of two who try at once one gets null, and so does who comes too late. */
export async function claimInvitation(
  tx: PrismaTransaction,
  organizationId: string,
  id: string,
  now: Date,
): Promise<InvitationView | null> {
  const rows = await tx.organizationInvitation.updateManyAndReturn({
    where: { organizationId, id, ...open, expiresAt: { gt: now } },
    data: { acceptedAt: now },
    select: columns,
  });
  return rows[0] ? toView(rows[0]) : null;
}
