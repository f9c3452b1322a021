import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { type InvitationView, type MemberView, type OrganizationView } from '@/accounts/contracts';
import { services } from '@/container';
import { type RouteHandler } from '@/http';
import { TEST_JWT_SECRET } from '@/testing/test-auth';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';
import * as acceptance from '../invitations/accept/route';
import * as invitation from './[id]/invitations/[invitationId]/route';
import * as invitations from './[id]/invitations/route';
import * as member from './[id]/members/[userId]/route';
import * as members from './[id]/members/route';
import * as organization from './[id]/route';
import * as organizations from './route';

interface Call {
  params?: Record<string, string>;
  body?: unknown;
  headers?: Record<string, string>;
}

describe('the HTTP API of organizations', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
    Object.assign(process.env, {
      DATABASE_URL: database.url,
      // Nobody is asked there: tokens are verified by the secret.
      SUPABASE_URL: 'http://127.0.0.1:9',
      SUPABASE_ANON_KEY: 'sb_publishable_test',
      SUPABASE_JWT_SECRET: TEST_JWT_SECRET,
      APP_URL: 'https://usage.example.com',
      LOG_LEVEL: 'silent',
    });
  });
  afterAll(async () => {
    await services().close();
    await database.drop();
  });

  const signIn = async () => {
    const userId = randomUUID();
    const email = `${userId}@example.com`;
    const token = await new SignJWT({ sub: userId, email, aud: 'authenticated', role: 'authenticated' })
      .setProtectedHeader({ alg: 'HS256' })
      .setExpirationTime('5m')
      .sign(new TextEncoder().encode(TEST_JWT_SECRET));
    const send = async (handler: RouteHandler, { params = {}, body, headers = {} }: Call = {}) => {
      const method = body === undefined ? 'GET' : 'POST';
      const response = await handler(
        new Request('https://usage.example.com/api/v1/organizations', {
          method,
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
          ...(body !== undefined && { body: JSON.stringify(body) }),
        }),
        { params: Promise.resolve(params) },
      );
      const text = await response.text();
      return { status: response.status, body: (text ? JSON.parse(text) : null) as unknown };
    };
    return { userId, email, send };
  };
  type SignedIn = Awaited<ReturnType<typeof signIn>>;

  const create = async (by: SignedIn, name = 'Acme') => {
    const { status, body } = await by.send(organizations.POST, { body: { name } });
    expect(status).toBe(201);
    return (body as OrganizationView).id;
  };
  const tokenFor = async (email: string) => {
    const { rows } = await database.pool.query<{ body_text: string }>(
      'select body_text from outbox_messages where recipient = $1',
      [email],
    );
    return /token=(\S+)/.exec(rows[0]!.body_text)![1]!;
  };

  it('takes a guest from the invitation through membership to leaving', async () => {
    const owner = await signIn();
    const guest = await signIn();
    const id = await create(owner);
    const invited = await owner.send(invitations.POST, { params: { id }, body: { email: guest.email } });
    expect(invited).toMatchObject({ status: 201, body: { email: guest.email, role: 'member' } });
    expect(await owner.send(invitations.GET, { params: { id } })).toEqual({
      status: 200,
      body: { data: [invited.body] },
    });

    const token = await tokenFor(guest.email);
    const accepted = await guest.send(acceptance.POST, { body: { token } });
    expect(accepted).toMatchObject({ status: 200, body: { id, name: 'Acme', role: 'member' } });
    expect(await guest.send(acceptance.POST, { body: { token } })).toMatchObject({ status: 409 });

    const listed = (await guest.send(members.GET, { params: { id } })).body as { data: MemberView[] };
    expect(listed.data.map(({ user_id, role }) => [user_id, role])).toEqual([
      [owner.userId, 'owner'],
      [guest.userId, 'member'],
    ]);
    const params = { id, userId: guest.userId };
    expect(await guest.send(organization.PATCH, { params, body: { name: 'Mine' } })).toMatchObject({ status: 403 });
    const promoted = await owner.send(member.PATCH, { params, body: { role: 'admin' } });
    expect(promoted).toMatchObject({ status: 200, body: { role: 'admin' } });
    const renamed = await guest.send(organization.PATCH, { params, body: { name: 'Ours' } });
    expect(renamed).toMatchObject({ status: 200, body: { id, name: 'Ours' } });

    const owned = { id, userId: owner.userId };
    expect(await guest.send(member.DELETE, { params: owned })).toMatchObject({ status: 403 });
    expect(await owner.send(member.DELETE, { params: owned })).toMatchObject({
      status: 409,
      body: { code: 'last_owner' },
    });
    expect(await guest.send(member.DELETE, { params })).toEqual({ status: 204, body: null });
    expect(await guest.send(organization.GET, { params })).toMatchObject({ status: 404 });
  });

  it('lists the personal organization of who comes for the first time', async () => {
    const { send, userId } = await signIn();
    const { body } = await send(organizations.GET);
    const { rows } = await database.pool.query('select id from organizations where personal_user_id = $1', [userId]);
    expect((body as { data: OrganizationView[] }).data.map(({ id }) => ({ id }))).toEqual(rows);
  });

  it('takes an invitation back', async () => {
    const owner = await signIn();
    const guest = await signIn();
    const id = await create(owner);
    const sent = await owner.send(invitations.POST, { params: { id }, body: { email: guest.email, role: 'owner' } });
    const params = { id, invitationId: (sent.body as InvitationView).id };
    expect(await owner.send(invitation.DELETE, { params })).toEqual({ status: 204, body: null });
    const token = await tokenFor(guest.email);
    expect(await guest.send(acceptance.POST, { body: { token } })).toMatchObject({ status: 409 });
  });

  it('creates once what is sent twice under one Idempotency-Key', async () => {
    const { send } = await signIn();
    const call = { body: { name: 'Once' }, headers: { 'idempotency-key': randomUUID() } };
    const [first, second] = [await send(organizations.POST, call), await send(organizations.POST, call)];
    expect(second).toEqual(first);
    const { body } = await send(organizations.GET);
    expect((body as { data: OrganizationView[] }).data.filter(({ name }) => name === 'Once')).toHaveLength(1);
  });

  it('says which field or parameter is wrong', async () => {
    const { send } = await signIn();
    const wrongBody = await send(organizations.POST, { body: { name: ' ', colour: 'red' } });
    expect(wrongBody).toMatchObject({ status: 422, body: { code: 'invalid_request' } });
    expect(wrongBody.body).toMatchObject({
      errors: expect.arrayContaining([expect.objectContaining({ field: 'name' })]) as unknown,
    });
    const wrongPath = await send(organization.GET, { params: { id: 'acme' } });
    expect(wrongPath).toMatchObject({ status: 422, body: { errors: [{ field: 'id' }] } });
  });
});
