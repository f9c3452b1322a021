import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { services } from '@/container';
import { TestBrowser } from '@/testing/test-browser';
import { startTestAuth, TEST_ANON_KEY, TEST_JWT_SECRET, type TestAuth } from '@/testing/test-auth';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { createAuthRoutes } from './auth-routes';
import { type UserPrincipal } from '../principal';
import { createPreparePage } from './prepare-page';
import { createWithSession } from './with-session';

const APP_URL = 'https://usage.example.com';
const PASSWORD = 'correct horse battery staple';
const OTHER_PASSWORD = 'staple battery horse correct';
const ADMIN_ID = randomUUID();

describe('signing in', () => {
  let database: TestDatabase;
  let auth: TestAuth;
  const routes = createAuthRoutes(services);
  const whoAmI = createWithSession(services)(async (_request, { principal }) => Response.json(principal));
  const ownersOnly = createWithSession(services)(async () => new Response(null, { status: 204 }), {
    minimumRole: 'owner',
  });

  beforeAll(async () => {
    database = await createTestDatabase();
    auth = await startTestAuth({ databaseUrl: database.url, appUrl: APP_URL });
    Object.assign(process.env, {
      DATABASE_URL: database.url,
      SUPABASE_URL: auth.url,
      SUPABASE_ANON_KEY: TEST_ANON_KEY,
      SUPABASE_JWT_SECRET: TEST_JWT_SECRET,
      APP_URL,
      ADMIN_USER_IDS: ADMIN_ID,
      ADMIN_EMAILS: 'ops@example.com',
      LOG_LEVEL: 'silent',
    });
  });
  afterAll(async () => {
    await services().close();
    await auth.stop();
    await database.drop();
  });

  const newAddress = () => `${randomUUID()}@example.com`;
  const signUp = async (email = newAddress()) => {
    const browser = new TestBrowser(APP_URL);
    const response = await browser.send(routes.signUp, { body: { email, password: PASSWORD } });
    expect(response.status).toBe(200);
    return { email, browser };
  };
  const signIn = async (email: string, password = PASSWORD) => {
    const browser = new TestBrowser(APP_URL);
    const response = await browser.send(routes.signIn, { body: { email, password } });
    return { browser, response };
  };
  const principalOf = async (browser: TestBrowser) =>
    (await (await browser.send(whoAmI, { method: 'GET' })).json()) as UserPrincipal;
  const statusOf = async (browser: TestBrowser) => (await browser.send(whoAmI, { method: 'GET' })).status;
  const sessionCookie = ({ cookies }: TestBrowser): string => {
    const names = [...cookies.keys()].filter((name) => name.startsWith('tollgate-session'));
    expect(names).toHaveLength(1);
    return names[0]!;
  };
  interface KeptSession {
    access_token: string;
    refresh_token: string;
    expires_at: number;
  }
  const keptSession = (browser: TestBrowser): KeptSession => {
    const text = decodeURIComponent(browser.cookies.get(sessionCookie(browser))!).replace(/^base64-/, '');
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as KeptSession;
  };
  const accessTokenOf = (browser: TestBrowser): string => keptSession(browser).access_token;
  const signToken = (claims: Record<string, unknown>) =>
    new SignJWT({ aud: 'authenticated', role: 'authenticated', ...claims })
      .setProtectedHeader({ alg: 'HS256' })
      .setExpirationTime('5m')
      .sign(new TextEncoder().encode(TEST_JWT_SECRET));

  it('brings an organization of one’s own, at the first time and never again', async () => {
    const { email, browser } = await signUp();
    const first = await principalOf(browser);
    expect(first).toMatchObject({ kind: 'user', email, role: 'owner', isPlatformAdmin: false });
    const again = await signIn(email);
    await expect(again.response.json()).resolves.toEqual({ redirect_to: '/usage' });
    await expect(principalOf(again.browser)).resolves.toEqual(first);
  });

  it('keeps the session where scripts and other sites cannot reach it', async () => {
    const { browser } = await signUp();
    expect(browser.lastSetCookies.length).toBeGreaterThan(0);
    for (const cookie of browser.lastSetCookies) {
      for (const attribute of [/; HttpOnly/i, /; Secure/i, /; SameSite=Lax/i, /; Path=\//i]) {
        expect(cookie).toMatch(attribute);
      }
    }
  });

  it('asks browsers to keep its cookies for 30 days', async () => {
    const { browser } = await signIn((await signUp()).email);
    const ages = () => browser.lastSetCookies.map((cookie) => /max-age=(\d+)/i.exec(cookie)?.[1]);
    expect(new Set(ages())).toEqual(new Set([String(30 * 24 * 60 * 60)]));
    const { organizationId: organization_id } = await principalOf(browser);
    await browser.send(routes.switchOrganization, { body: { organization_id } });
    expect(new Set(ages())).toEqual(new Set([String(30 * 24 * 60 * 60)]));
  });

  it('refuses a password that bcrypt would cut, by its bytes', async () => {
    const body = { email: newAddress(), password: 'ä'.repeat(37) };
    for (const route of [routes.signUp, routes.signIn]) {
      const response = await new TestBrowser(APP_URL).send(route, { body });
      expect(response.status).toBe(422);
      expect(await response.json()).toMatchObject({ errors: [{ field: 'password' }] });
    }
    const fits = { ...body, password: 'ä'.repeat(36) };
    expect((await new TestBrowser(APP_URL).send(routes.signUp, { body: fits })).status).toBe(200);
  });

  it('does not tell a wrong password from an unknown address', async () => {
    const { email } = await signUp();
    const answers = await Promise.all(
      [signIn(email, OTHER_PASSWORD), signIn(newAddress())].map(async (attempt) => {
        const { response, browser } = await attempt;
        const { request_id: _, ...body } = (await response.json()) as Record<string, unknown>;
        return { status: response.status, body, cookies: browser.cookies.size };
      }),
    );
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]).toMatchObject({ status: 401, body: { code: 'unauthenticated' }, cookies: 0 });
  });

  it('does not tell by a password reset whether an address is known', async () => {
    const { email } = await signUp();
    const ask = (address: string) => new TestBrowser(APP_URL).send(routes.requestReset, { body: { email: address } });
    const [known, unknown] = [await ask(email), await ask(newAddress())];
    expect([known.status, unknown.status]).toEqual([200, 200]);
    expect(await known.text()).toBe(await unknown.text());
    expect(known.headers.getSetCookie()).toEqual(unknown.headers.getSetCookie());
  });

  it('ends with signing out, also for who copied the cookies', async () => {
    const { browser } = await signUp();
    const thief = new TestBrowser(APP_URL);
    for (const [name, value] of browser.cookies) thief.cookies.set(name, value);
    const { status } = await browser.send(routes.signOut);
    expect(status).toBe(200);
    expect([...browser.cookies.keys()]).toEqual(['tollgate-device']);
    await expect(statusOf(thief)).resolves.toBe(401);
  });

  it('in one browser ends in all others when the password changes', async () => {
    const { email, browser } = await signUp();
    const other = (await signIn(email)).browser;
    await expect(statusOf(other)).resolves.toBe(200);
    const { status } = await browser.send(routes.changePassword, { body: { password: OTHER_PASSWORD } });
    expect(status).toBe(200);
    await expect(statusOf(other)).resolves.toBe(401);
    await expect(statusOf(browser)).resolves.toBe(200);
  });

  it('is needed to change a password, in a browser', async () => {
    const { browser } = await signUp();
    const body = { password: OTHER_PASSWORD };
    expect((await new TestBrowser(APP_URL).send(routes.changePassword, { body })).status).toBe(401);
    const headers = { authorization: `Bearer ${accessTokenOf(browser)}` };
    expect((await new TestBrowser(APP_URL).send(routes.changePassword, { body, headers })).status).toBe(401);
  });

  it('protects requests that change something from other sites', async () => {
    const { browser } = await signUp();
    const statusFor = async (origin: Record<string, string>, method = 'POST') =>
      (await browser.send(whoAmI, { method, headers: { origin: '', ...origin } })).status;
    await expect(statusFor({})).resolves.toBe(403);
    await expect(statusFor({ origin: 'https://evil.example' })).resolves.toBe(403);
    await expect(statusFor({ origin: 'null' })).resolves.toBe(403);
    await expect(statusFor({ origin: 'http://usage.example.com' })).resolves.toBe(403);
    await expect(statusFor({ origin: APP_URL })).resolves.toBe(200);
    // Another name of this site, but not another scheme.
    await expect(statusFor({ origin: 'https://localhost:3000', host: 'localhost:3000' })).resolves.toBe(200);
    await expect(statusFor({ origin: 'http://localhost:3000', host: 'localhost:3000' })).resolves.toBe(403);
    await expect(statusFor({}, 'GET')).resolves.toBe(200);
    const body = { email: newAddress(), password: PASSWORD };
    const foreign = { origin: 'https://evil.example' };
    expect((await new TestBrowser(APP_URL).send(routes.signUp, { body, headers: foreign })).status).toBe(403);
  });

  it('renews a session that is about to end, for routes and for pages', async () => {
    const { browser } = await signUp();
    const renewals = new Set([keptSession(browser).refresh_token]);
    /** As if an hour less half a minute had passed. */
    const age = () => {
      const aged = { ...keptSession(browser), expires_at: Math.floor(Date.now() / 1000) + 30 };
      const text = Buffer.from(JSON.stringify(aged)).toString('base64url');
      browser.cookies.set(sessionCookie(browser), `base64-${text}`);
    };
    age();
    await expect(statusOf(browser)).resolves.toBe(200);
    renewals.add(keptSession(browser).refresh_token);

    age();
    const refresh = createPreparePage(services);
    const response = await browser.send((request) => refresh(request), { method: 'GET' });
    expect(response.headers.get('x-middleware-next')).toBe('1');
    expect(response.headers.get('x-middleware-request-cookie')).toBe(browser.cookieHeader());
    renewals.add(keptSession(browser).refresh_token);
    expect(renewals.size).toBe(3);
    await expect(statusOf(browser)).resolves.toBe(200);
  });

  it('lets a program act with an access token, for the organization it names', async () => {
    const { email, browser } = await signUp();
    const principal = await principalOf(browser);
    const { id } = await services().organizations.create(principal, { name: 'Second' });
    const call = async (headers: Record<string, string>, handler = whoAmI) =>
      new TestBrowser(APP_URL).send(handler, {
        headers: { authorization: `Bearer ${accessTokenOf(browser)}`, ...headers },
      });
    // No Origin: a token is not sent by itself as cookies are.
    await expect((await call({ origin: '' })).json()).resolves.toMatchObject({
      email,
      organizationId: principal.organizationId,
    });
    await expect((await call({ 'x-organization-id': id })).json()).resolves.toMatchObject({ organizationId: id });
    expect((await call({ 'x-organization-id': randomUUID() })).status).toBe(403);
    expect((await call({}, ownersOnly)).status).toBe(204);
    expect((await call({ authorization: 'Bearer tg_live_nothing' })).status).toBe(401);
    expect((await call({ authorization: 'Bearer a.b.c' })).status).toBe(401);
  });

  it('is remembered for one organization until membership ends', async () => {
    const { browser } = await signUp();
    const principal = await principalOf(browser);
    const { browser: owner } = await signUp();
    const theirs = await principalOf(owner);
    const switchTo = (organization_id: string) =>
      browser.send(routes.switchOrganization, { body: { organization_id } });
    expect((await switchTo(theirs.organizationId)).status).toBe(404);

    await database.pool.query(
      `insert into organization_members (organization_id, user_id, email, role) values ($1, $2, $3, 'member')`,
      [theirs.organizationId, principal.userId, principal.email],
    );
    expect((await switchTo(theirs.organizationId)).status).toBe(200);
    await expect(principalOf(browser)).resolves.toMatchObject({
      organizationId: theirs.organizationId,
      role: 'member',
    });
    expect((await browser.send(ownersOnly)).status).toBe(403);

    const by = { organizationId: theirs.organizationId, userId: theirs.userId };
    await services().members.remove(by, principal.userId);
    await expect(principalOf(browser)).resolves.toEqual(principal);
  });

  it('makes platform admins of named ids, and of named addresses only when they are proven', async () => {
    const isAdmin = async (claims: Record<string, unknown>) => {
      const headers = { authorization: `Bearer ${await signToken(claims)}` };
      return ((await (await new TestBrowser(APP_URL).send(whoAmI, { headers })).json()) as UserPrincipal)
        .isPlatformAdmin;
    };
    await expect(isAdmin({ sub: ADMIN_ID, email: newAddress() })).resolves.toBe(true);
    await expect(isAdmin({ sub: randomUUID(), email: 'ops@example.com' })).resolves.toBe(false);

    // Without a mail server everybody's address is marked as confirmed, and whose it is nobody has shown.
    const { browser } = await signUp('ops@example.com');
    await expect(principalOf(browser)).resolves.toMatchObject({ isPlatformAdmin: false });
  });

  it('is not held up by cookies that were tampered with: they open nothing, and signing out removes them', async () => {
    const { browser } = await signUp();
    for (const value of [
      'base64-e30',
      '%%%',
      `base64-${Buffer.from('{"access_token":"a.b.c"}').toString('base64url')}`,
    ]) {
      browser.cookies.set('tollgate-session', value);
      await expect(statusOf(browser)).resolves.toBe(401);
      expect((await browser.send(routes.signOut)).status).toBe(200);
      expect([...browser.cookies.keys()]).toEqual(['tollgate-device']);
    }
  });
});
