import { randomUUID } from 'node:crypto';
import { createPrismaClient, type PrismaClient } from '@/db';
import { AppError } from '@/kernel/errors';
import { createMailer } from '@/notifications';
import { type Allowance } from '@/plans';
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
  /** Of every organization. */
  let seats: Pick<Allowance, 'limit' | 'plan'>;
  const anyNumber = { limit: null, plan: {} as Allowance['plan'] };
  const noSeat = (used: number) => new AppError('payment_required', 'no seat', { details: { used } });
  const attempts: string[] = [];
  beforeEach(() => {
    seats = anyNumber;
    attempts.length = 0;
  });
  const clock = { now: () => new Date(nowMs) };
  beforeAll(async () => {
    database = await createTestDatabase();
    const { pool } = database;
    prisma = createPrismaClient(pool);
    const mailer = createMailer({ pool, transport: null, from: 'test@example.com', clock });
    const appUrl = 'https://usage.example.com';
    invitations = createInvitationService({
      prisma,
      auditLog: createAuditLog({ pool }),
      clock,
      appUrl,
      mailer,
      seatsOf: async () => ({ ...seats, refusal: (used: number) => noSeat(used) }),
      countAttempt: async (_by, email) => void attempts.push(email),
    });
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

  it('are told from those that never were for 30 days after their end, and then removed', async () => {
    const { token, email } = await invite(await newOrganization());
    const accept = () => invitations.accept({ userId: randomUUID(), email }, token);
    const startMs = nowMs;
    try {
      nowMs += 36 * DAY_MS;
      await invitations.removeOld();
      await expect(accept()).rejects.toEqual(refusedWith('conflict'));
      nowMs += 2 * DAY_MS;
      expect(await invitations.removeOld()).toBeGreaterThan(0);
      await expect(accept()).rejects.toEqual(refusedWith('not_found'));
    } finally {
      nowMs = startMs;
    }
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

  describe('take seats', () => {
    const full = (used: number) => expect.objectContaining({ code: 'payment_required', details: { used } }) as unknown;
    const seatsFor = (limit: number) => void (seats = { ...anyNumber, limit });
    const membersOf = async (organizationId: string) => {
      const { rows } = await database.pool.query<{ n: number }>(
        'select count(*)::int as n from organization_members where organization_id = $1',
        [organizationId],
      );
      return rows[0]!.n;
    };

    it('of which there are as many as the plan has, also when many are invited at once', async () => {
      const by = await newOrganization();
      seatsFor(3);
      const outcomes = await Promise.allSettled(Array.from({ length: 6 }, () => invite(by)));
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
      for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toEqual(full(3));
    });

    it('until they are taken back or run out, and a second one to the same address takes no second', async () => {
      const by = await newOrganization();
      seatsFor(2);
      const first = await invite(by);
      await invitations.create(by, { email: first.email, role: 'admin' });
      await expect(invite(by)).rejects.toEqual(full(2));
      const [{ id } = { id: '' }] = await invitations.list(by);
      await invitations.revoke(by, id);
      await invite(by);
      nowMs += 8 * DAY_MS;
      await invite(by);
    });

    it('that are given to no more people than there are, whoever comes at once', async () => {
      const by = await newOrganization();
      const invited = await Promise.all(Array.from({ length: 5 }, () => invite(by)));
      // The plan became smaller after they were invited.
      seatsFor(3);
      const outcomes = await Promise.allSettled(
        invited.map(({ email, token }) => invitations.accept({ userId: randomUUID(), email }, token)),
      );
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason).toEqual(refusedWith('payment_required'));
      }
      expect(await membersOf(by.organizationId)).toBe(3);
    });

    it('and keep everybody who is there when the plan becomes smaller, with nobody added until there is room', async () => {
      const by = await newOrganization();
      const late = await invite(by);
      for (let n = 0; n < 3; n++) await addMember(database.pool, by.organizationId, { role: 'member' });
      seatsFor(2);
      await expect(invite(by)).rejects.toEqual(full(5));
      const person = { userId: randomUUID(), email: late.email };
      await expect(invitations.accept(person, late.token)).rejects.toEqual(refusedWith('payment_required'));
      expect(await membersOf(by.organizationId)).toBe(4);
      // It was not used up by having come too early.
      seatsFor(5);
      await invitations.accept(person, late.token);
    });

    it('are attempts of those who may invite, and of nobody else', async () => {
      const by = await newOrganization('member');
      await expect(invite(by)).rejects.toEqual(refusedWith('forbidden'));
      const stranger = { ...(await newOrganization()), organizationId: by.organizationId };
      await expect(invite(stranger)).rejects.toEqual(refusedWith('not_found'));
      expect(attempts).toEqual([]);
      const { email } = await invite(await newOrganization());
      expect(attempts).toEqual([email]);
    });
  });

  it('carry no link but ours, and no line that a stranger wrote', async () => {
    // The database would not take some of these; the mail does not rely on it.
    await database.pool.query('alter table organizations drop constraint organizations_name_check');
    for (const name of [
      'Win at https://evil.example/x',
      'evil.example',
      'Bank\r\n\r\nhttps://evil.example',
      '\u2028',
    ]) {
      const by = await newOrganization();
      await database.pool.query('update organizations set name = $2 where id = $1', [by.organizationId, name]);
      const email = newAddress();
      await invitations.create(by, { email, role: 'member' });
      const { rows } = await database.pool.query<{ subject: string; body_text: string }>(
        'select subject, body_text from outbox_messages where recipient = $1',
        [email],
      );
      const { subject, body_text: text } = rows[0]!;
      expect(subject).toMatch(/^Join [^\n\r\u2028]+ on Tollgate$/);
      expect(text.split('\n\n')).toHaveLength(3);
      const foreign = text.replace(/https:\/\/usage\.example\.com\/\S+/, '');
      expect(`${subject} ${foreign}`).not.toMatch(/https?:|www\.|evil\.example/);
    }
  });
});
