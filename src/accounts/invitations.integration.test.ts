import { randomUUID } from 'node:crypto';
import { createPrismaClient, type PrismaClient } from '@/db';
import { createMailer } from '@/notifications';
import { addMember } from '@/testing/builders';
import { createOrganization, createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { createAuditLog, createInvitationService, type InvitationService } from '.';

const DAY_MS = 24 * 60 * 60 * 1000;
const refusedWith = (code: string): unknown => expect.objectContaining({ code });

describe('invitations', () => {
  let database: TestDatabase;
  let prisma: PrismaClient;
  let invitations: InvitationService;
  let nowMs = Date.now();
  const clock = { now: () => new Date(nowMs) };
  beforeAll(async () => {
    database = await createTestDatabase();
    const { pool } = database;
    prisma = createPrismaClient(pool);
    const mailer = createMailer({ pool, transport: null, from: 'test@example.com', clock });
    const appUrl = 'https://usage.example.com';
    invitations = createInvitationService({ prisma, auditLog: createAuditLog({ pool }), clock, appUrl, mailer });
  });
  afterAll(async () => {
    await prisma.$disconnect();
    await database.drop();
  });

  const newAddress = () => `${randomUUID()}@example.com`;
  const newOrganization = async (role = 'owner') => {
    const { id: organizationId } = await createOrganization(database.pool);
    return { organizationId, ...(await addMember(database.pool, organizationId, { role })) };
  };
  /** The token in the newest mail to an address. */
  const tokenFor = async (email: string) => {
    const { rows } = await database.pool.query<{ body_text: string }>(
      'select body_text from outbox_messages where recipient = $1 order by created_at desc limit 1',
      [email],
    );
    return /^Accept the invitation: https:\/\/usage\.example\.com\/invitations\/accept\?token=(\S+)$/m.exec(
      rows[0]!.body_text,
    )![1]!;
  };
  const invite = async (by: Awaited<ReturnType<typeof newOrganization>>) => {
    const email = newAddress();
    const { id } = await invitations.create(by, { email, role: 'member' });
    return { id, email, token: await tokenFor(email) };
  };
  const roleOf = async (organizationId: string, userId: string) => {
    const { rows } = await database.pool.query<{ role: string }>(
      'select role from organization_members where organization_id = $1 and user_id = $2',
      [organizationId, userId],
    );
    return rows[0]?.role;
  };

  it('are accepted exactly once by two who accept at once', async () => {
    for (let round = 0; round < 10; round++) {
      const by = await newOrganization();
      const { email, token } = await invite(by);
      const people = [randomUUID(), randomUUID()].map((userId) => ({ userId, email }));
      const outcomes = await Promise.allSettled(people.map((person) => invitations.accept(person, token)));
      expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      const refusal = outcomes.find((outcome) => outcome.status === 'rejected');
      expect(refusal?.reason).toEqual(refusedWith('conflict'));
      const roles = await Promise.all(people.map(({ userId }) => roleOf(by.organizationId, userId)));
      expect(roles.filter(Boolean)).toEqual(['member']);
    }
  });

  it('are accepted by the invited address only', async () => {
    const by = await newOrganization();
    const { token, email } = await invite(by);
    const stranger = { userId: randomUUID(), email: newAddress() };
    await expect(invitations.accept(stranger, token)).rejects.toEqual(refusedWith('forbidden'));
    expect(await roleOf(by.organizationId, stranger.userId)).toBeUndefined();
    const guest = { userId: randomUUID(), email: email.toUpperCase() };
    await expect(invitations.accept(guest, token)).resolves.toMatchObject({ id: by.organizationId, role: 'member' });
  });

  it('end after seven days', async () => {
    const by = await newOrganization();
    const { token, email } = await invite(by);
    const guest = { userId: randomUUID(), email };
    nowMs += 7 * DAY_MS;
    await expect(invitations.list(by)).resolves.toEqual([]);
    await expect(invitations.accept(guest, token)).rejects.toEqual(refusedWith('conflict'));
    nowMs -= 1;
    await expect(invitations.accept(guest, token)).resolves.toMatchObject({ role: 'member' });
  });

  it('cannot be accepted once they were taken back', async () => {
    const by = await newOrganization();
    const { id, token, email } = await invite(by);
    await invitations.revoke(by, id);
    await expect(invitations.accept({ userId: randomUUID(), email }, token)).rejects.toEqual(refusedWith('conflict'));
    await expect(invitations.revoke(by, id)).rejects.toEqual(refusedWith('not_found'));
  });

  it('replace the open one of the same address', async () => {
    const by = await newOrganization();
    const { email, token: first } = await invite(by);
    nowMs += 1_000;
    await invitations.create(by, { email, role: 'admin' });
    const second = await tokenFor(email);
    await expect(invitations.list(by)).resolves.toMatchObject([{ email, role: 'admin' }]);
    const guest = { userId: randomUUID(), email };
    await expect(invitations.accept(guest, first)).rejects.toEqual(refusedWith('conflict'));
    await expect(invitations.accept(guest, second)).resolves.toMatchObject({ role: 'admin' });
  });

  it('do not demote who is a member already', async () => {
    const by = await newOrganization();
    const { token, email } = await invite(by);
    const { userId } = await addMember(database.pool, by.organizationId, { email, role: 'owner' });
    await invitations.accept({ userId, email }, token);
    expect(await roleOf(by.organizationId, userId)).toBe('owner');
    await expect(invitations.create(by, { email, role: 'member' })).rejects.toEqual(refusedWith('conflict'));
  });

  it('are made and seen by owners and admins, those to owners by owners only', async () => {
    const admin = await newOrganization('admin');
    const member = await newOrganization('member');
    const stranger = { ...(await newOrganization()), organizationId: admin.organizationId };
    const input = { email: newAddress(), role: 'member' as const };
    await expect(invitations.create(admin, { ...input, role: 'owner' })).rejects.toEqual(refusedWith('forbidden'));
    await expect(invitations.create(admin, input)).resolves.toMatchObject(input);
    for (const [by, code] of [
      [member, 'forbidden'],
      [stranger, 'not_found'],
    ] as const) {
      await expect(invitations.create(by, input)).rejects.toEqual(refusedWith(code));
      await expect(invitations.list(by)).rejects.toEqual(refusedWith(code));
      await expect(invitations.revoke(by, randomUUID())).rejects.toEqual(refusedWith(code));
    }
  });

  it('are taken back only by their own organization', async () => {
    const { id } = await invite(await newOrganization());
    await expect(invitations.revoke(await newOrganization(), id)).rejects.toEqual(refusedWith('not_found'));
  });

  it('leave nothing in the database that accepts them', async () => {
    const { id, token } = await invite(await newOrganization());
    const { rows } = await database.pool.query<{ row: string; digest: string }>(
      `select i::text as row, encode(token_sha256, 'hex') as digest from organization_invitations i where id = $1`,
      [id],
    );
    expect(rows[0]!.row).not.toContain(token);
    expect(rows[0]!.row).not.toContain(Buffer.from(token, 'base64url').toString('hex'));
    await expect(invitations.accept({ userId: randomUUID(), email: newAddress() }, rows[0]!.digest)).rejects.toEqual(
      refusedWith('not_found'),
    );
  });
});
