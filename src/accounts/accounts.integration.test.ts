import { randomUUID } from 'node:crypto';
import { createPrismaClient } from '@/db';
import { addMember } from '@/testing/builders';
import { createOrganization, createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { createAuditLog, createMemberService, createOrganizationService } from '.';

const refusedWith = (code: string): unknown => expect.objectContaining({ code });

describe('organizations and their members', () => {
  let database: TestDatabase;
  let services: ReturnType<typeof createServices>;
  let now = new Date();
  const createServices = ({ pool }: TestDatabase) => {
    const prisma = createPrismaClient(pool);
    const auditLog = createAuditLog({ pool });
    return {
      prisma,
      auditLog,
      organizations: createOrganizationService({ prisma, auditLog, clock: { now: () => now } }),
      members: createMemberService({ prisma, auditLog }),
    };
  };
  beforeAll(async () => {
    database = await createTestDatabase({ connections: 20 });
    services = createServices(database);
  });
  afterAll(async () => {
    await services.prisma.$disconnect();
    await database.drop();
  });

  const newPerson = (localPart: string = randomUUID()) => ({ userId: randomUUID(), email: `${localPart}@example.com` });
  const rolesOf = async (organizationId: string) => {
    const { rows } = await database.pool.query<{ user_id: string; role: string }>(
      'select user_id, role from organization_members where organization_id = $1',
      [organizationId],
    );
    return new Map(rows.map(({ user_id, role }) => [user_id, role]));
  };
  const actionsOf = async (organizationId: string) =>
    (await services.auditLog.list(organizationId, { limit: 100 })).data.map(({ action }) => action).reverse();

  it('makes a personal organization once for ten first sign-ins at once', async () => {
    const person = newPerson();
    const found = await Promise.all(Array.from({ length: 10 }, () => services.organizations.ensurePersonal(person)));
    expect(new Set(found.flat().map(({ id }) => id)).size).toBe(1);
    expect(found.flat()).toHaveLength(10);
    const { rows } = await database.pool.query('select id from organizations where personal_user_id = $1', [
      person.userId,
    ]);
    expect(rows).toEqual([{ id: found[0]![0]!.id }]);
    await expect(actionsOf(found[0]![0]!.id)).resolves.toEqual(['organization.created']);
  });

  it('begins an organization, and its billing periods, in the time of the application, which a test may have moved', async () => {
    now = new Date('2031-05-31T23:30:00.250Z');
    const { id } = await services.organizations.create(newPerson(), { name: 'Later' });
    now = new Date();
    const { rows } = await database.pool.query(
      `select o.created_at, s.anchor::text from organizations o join subscriptions s on s.organization_id = o.id where o.id = $1`,
      [id],
    );
    expect(rows).toEqual([{ created_at: new Date('2031-05-31T23:30:00.250Z'), anchor: '2031-05-31' }]);
  });

  it('gives ten people with the same name in their addresses ten different short names', async () => {
    const found = await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        services.organizations.ensurePersonal({ userId: randomUUID(), email: `grace@host${n}.example` }),
      ),
    );
    const slugs = found.flat().map(({ slug }) => slug);
    expect(new Set(slugs).size).toBe(10);
    for (const slug of slugs) expect(slug).toMatch(/^grace(-[a-z0-9]+)?$/);
    expect(slugs).toContain('grace');
  });

  it('leaves one owner when two owners demote each other at once', async () => {
    for (let round = 0; round < 10; round++) {
      const { id: organizationId } = await createOrganization(database.pool);
      const [a, b] = [
        await addMember(database.pool, organizationId, { role: 'owner' }),
        await addMember(database.pool, organizationId, { role: 'owner' }),
      ];
      const outcomes = await Promise.allSettled([
        services.members.changeRole({ organizationId, userId: a.userId }, b.userId, 'member'),
        services.members.changeRole({ organizationId, userId: b.userId }, a.userId, 'member'),
      ]);
      expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      expect([...(await rolesOf(organizationId)).values()].sort()).toEqual(['member', 'owner']);
    }
  });

  it('leaves one owner when all owners leave at once', async () => {
    const { id: organizationId } = await createOrganization(database.pool);
    const owners = await Promise.all(
      Array.from({ length: 5 }, () => addMember(database.pool, organizationId, { role: 'owner' })),
    );
    const outcomes = await Promise.allSettled(
      owners.map(({ userId }) => services.members.remove({ organizationId, userId }, userId)),
    );
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused.map(({ reason }: { reason: unknown }) => reason)).toEqual([refusedWith('last_owner')]);
    expect([...(await rolesOf(organizationId)).values()]).toEqual(['owner']);
  });

  it('refuses to demote or remove the last owner', async () => {
    const owner = newPerson();
    const { id: organizationId } = await services.organizations.create(owner, { name: 'Alone' });
    const by = { organizationId, userId: owner.userId };
    await expect(services.members.changeRole(by, owner.userId, 'admin')).rejects.toEqual(refusedWith('last_owner'));
    await expect(services.members.remove(by, owner.userId)).rejects.toEqual(refusedWith('last_owner'));
    await expect(actionsOf(organizationId)).resolves.toEqual(['organization.created']);
  });

  it('lets nobody below owner touch an owner, and members nobody', async () => {
    const { id: organizationId } = await createOrganization(database.pool);
    const owner = await addMember(database.pool, organizationId, { role: 'owner' });
    await addMember(database.pool, organizationId, { role: 'owner' });
    const admin = await addMember(database.pool, organizationId, { role: 'admin' });
    const member = await addMember(database.pool, organizationId);
    const before = await rolesOf(organizationId);
    for (const { userId } of [admin, member]) {
      const by = { organizationId, userId };
      await expect(services.members.changeRole(by, owner.userId, 'member')).rejects.toEqual(refusedWith('forbidden'));
      await expect(services.members.changeRole(by, userId, 'owner')).rejects.toEqual(refusedWith('forbidden'));
      await expect(services.members.remove(by, owner.userId)).rejects.toEqual(refusedWith('forbidden'));
    }
    const byMember = { organizationId, userId: member.userId };
    await expect(services.members.remove(byMember, admin.userId)).rejects.toEqual(refusedWith('forbidden'));
    await expect(services.organizations.rename(byMember, { name: 'Mine' })).rejects.toEqual(refusedWith('forbidden'));
    await expect(rolesOf(organizationId)).resolves.toEqual(before);
  });

  it('shows nothing of an organization to who is no member', async () => {
    const { id: organizationId } = await createOrganization(database.pool);
    const { userId: ownerId } = await addMember(database.pool, organizationId, { role: 'owner' });
    const by = { organizationId, userId: randomUUID() };
    const attempts = [
      () => services.organizations.get(by),
      () => services.organizations.rename(by, { name: 'Mine' }),
      () => services.members.list(by),
      () => services.members.changeRole(by, ownerId, 'member'),
      () => services.members.remove(by, ownerId),
    ];
    for (const attempt of attempts) await expect(attempt()).rejects.toEqual(refusedWith('not_found'));
  });

  it('gives who left their personal organization a new one at the next sign-in', async () => {
    const person = newPerson();
    const [first] = await services.organizations.ensurePersonal(person);
    const organizationId = first!.id;
    await addMember(database.pool, organizationId, { role: 'owner' });
    await services.members.remove({ organizationId, userId: person.userId }, person.userId);
    const [second, ...more] = await services.organizations.ensurePersonal(person);
    expect(second).toMatchObject({ role: 'owner' });
    expect(second!.id).not.toBe(organizationId);
    expect(more).toEqual([]);
  });

  it('writes every change to the audit log, which can only be added to', async () => {
    const owner = newPerson();
    const { id: organizationId } = await services.organizations.create(owner, { name: 'Before' });
    const by = { organizationId, userId: owner.userId };
    const { userId } = await addMember(database.pool, organizationId);
    await services.organizations.rename(by, { name: 'After' });
    await services.members.changeRole(by, userId, 'admin');
    await services.members.remove(by, userId);
    await expect(actionsOf(organizationId)).resolves.toEqual([
      'organization.created',
      'organization.renamed',
      'member.role_changed',
      'member.removed',
    ]);
    const first = await services.auditLog.list(organizationId, { limit: 3 });
    const rest = await services.auditLog.list(organizationId, { limit: 3, cursor: first.next_cursor! });
    expect([...first.data, ...rest.data]).toHaveLength(4);
    expect(rest.next_cursor).toBeNull();
    await expect(database.pool.query('update audit_log set action = $1', ['x'])).rejects.toThrow('only added to');
    await expect(database.pool.query('delete from audit_log')).rejects.toThrow('only added to');
  });
});
