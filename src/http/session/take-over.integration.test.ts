import { randomUUID } from 'node:crypto';
import { services } from '@/container';
import { startTestAuth, TEST_ANON_KEY, TEST_JWT_SECRET, type TestAuth } from '@/testing/test-auth';
import { TestBrowser } from '@/testing/test-browser';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { createAuthRoutes } from './auth-routes';
import { type UserPrincipal } from '../principal';
import { createWithSession } from './with-session';

const APP_URL = 'https://usage.example.com';
const OWN = 'a password of the owner';
const THEIRS = 'a password of the attacker';
const ADMIN = 'ops@example.com';

describe('an account, where addresses are confirmed by mail,', () => {
  let database: TestDatabase;
  let auth: TestAuth;
  const routes = createAuthRoutes(services);
  const whoAmI = createWithSession(services)(async (_request, { principal }) => Response.json(principal));

  beforeAll(async () => {
    database = await createTestDatabase();
    auth = await startTestAuth({ databaseUrl: database.url, appUrl: APP_URL, confirmations: true });
    Object.assign(process.env, {
      DATABASE_URL: database.url,
      SUPABASE_URL: auth.url,
      SUPABASE_ANON_KEY: TEST_ANON_KEY,
      SUPABASE_JWT_SECRET: TEST_JWT_SECRET,
      APP_URL,
      ADMIN_EMAILS: ADMIN,
      LOG_LEVEL: 'silent',
    });
  });
  afterAll(async () => {
    await services().close();
    await auth.stop();
    await database.drop();
  });

  const newAddress = () => `${randomUUID()}@example.com`;
  const send = (route: keyof typeof routes, body: unknown, browser = new TestBrowser(APP_URL)) =>
    browser.send(routes[route], { body });
  const signUp = (email: string) => send('signUp', { email });
  const signIn = async (email: string, password: string, browser = new TestBrowser(APP_URL)) =>
    (await send('signIn', { email, password }, browser)).status;
  const principalOf = async (browser: TestBrowser) => {
    const response = await browser.send(whoAmI, { method: 'GET' });
    return response.ok ? ((await response.json()) as UserPrincipal) : null;
  };
  /** What the newest of so many mails to an address leads to. */
  const newestLink = async (email: string, count: number) => {
    const mail = (await auth.mailsTo(email, count)).at(-1)!;
    const { pathname, searchParams } = new URL(/https:\/\/usage\.example\.com\S+/.exec(mail.text)![0]);
    expect(pathname).toBe('/auth/confirm');
    return { token_hash: searchParams.get('token_hash')!, type: searchParams.get('type')! };
  };
  const follow = (link: object, password: string, browser?: TestBrowser) =>
    send('followLink', { ...link, password }, browser);
  /** What anybody can do who knows the address of Supabase and its publishable key. */
  const askSupabase = async (path: string, body: unknown) => {
    const response = await fetch(`${auth.url}/auth/v1/${path}`, {
      method: 'POST',
      headers: { apikey: TEST_ANON_KEY, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return (await response.json()) as { access_token?: string };
  };
  const bearer = async (token: string | undefined) =>
    (await new TestBrowser(APP_URL).send(whoAmI, { method: 'GET', headers: { authorization: `Bearer ${token}` } }))
      .status;
  const settledAccount = async (email = newAddress()) => {
    await signUp(email);
    const browser = new TestBrowser(APP_URL);
    expect((await follow(await newestLink(email, 1), OWN, browser)).status).toBe(200);
    return { email, browser };
  };

  it('belongs to who reads the mail, whoever asked for it first and whatever password they gave', async () => {
    for (const email of [newAddress(), ADMIN]) {
      await askSupabase('signup', { email, password: THEIRS });
      await signUp(email);
      const owner = new TestBrowser(APP_URL);
      expect((await follow(await newestLink(email, 2), OWN, owner)).status).toBe(200);
      await expect(principalOf(owner)).resolves.toMatchObject({ email, isPlatformAdmin: email === ADMIN });
      expect([await signIn(email, THEIRS), await signIn(email, OWN)]).toEqual([401, 200]);
    }
  });

  it('lets nobody in by a link that was followed elsewhere than here, until its password is chosen', async () => {
    const email = newAddress();
    await askSupabase('signup', { email, password: THEIRS });
    await askSupabase('verify', await newestLink(email, 1));
    const theirs = await askSupabase('token?grant_type=password', { email, password: THEIRS });
    expect([await signIn(email, THEIRS), await bearer(theirs.access_token)]).toEqual([401, 401]);

    await send('requestReset', { email });
    const owner = new TestBrowser(APP_URL);
    expect((await follow(await newestLink(email, 2), OWN, owner)).status).toBe(200);
    await expect(principalOf(owner)).resolves.toMatchObject({ email });
    // Neither the session nor the password from before.
    expect([await signIn(email, THEIRS), await bearer(theirs.access_token)]).toEqual([401, 401]);
  });

  it('is answered alike whether the address is unknown, waits to be confirmed or has an account', async () => {
    const { email: known } = await settledAccount();
    const waiting = newAddress();
    await signUp(waiting);
    const answers = [];
    for (const email of [newAddress(), waiting, known]) {
      for (const route of ['signUp', 'requestReset'] as const) {
        const response = await send(route, { email });
        const headers = [...response.headers].filter(([name]) => name !== 'x-request-id');
        answers.push({ status: response.status, headers, body: await response.text() });
      }
    }
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toMatchObject({ status: 200, body: '{"redirect_to":null}' });
    // A sign-in does not tell one from another either.
    expect([await signIn(newAddress(), OWN), await signIn(waiting, OWN), await signIn(known, THEIRS)]).toEqual([
      401, 401, 401,
    ]);
  });

  it('can be asked for again and again, by strangers too: the newest mail is good, and there are not many', async () => {
    const email = newAddress();
    for (let attempt = 1; attempt <= 12; attempt++) {
      expect((await signUp(email)).status).toBe(200);
      await auth.mailsTo(email, Math.min(attempt, 5));
    }
    const link = await newestLink(email, 5);
    expect((await follow(link, OWN)).status).toBe(200);
    expect(await signIn(email, OWN)).toBe(200);
    // One more than five where the edge of a window lies between.
    expect([5, 6]).toContain(auth.mails.filter(({ to }) => to === email).length);
  });

  it('is reset by a mailed link, once', async () => {
    const { email, browser } = await settledAccount();
    await send('requestReset', { email });
    const link = await newestLink(email, 2);
    expect(link.type).toBe('recovery');
    expect((await follow(link, THEIRS)).status).toBe(200);
    expect([await signIn(email, OWN), await signIn(email, THEIRS)]).toEqual([401, 200]);
    await expect(principalOf(browser)).resolves.toBeNull();

    const second = await follow(link, OWN);
    expect([second.status, second.headers.getSetCookie()]).toEqual([409, []]);
  });

  it('takes no password that is too short or too long, and keeps the link', async () => {
    const email = newAddress();
    await signUp(email);
    const link = await newestLink(email, 1);
    for (const password of ['short', 'x'.repeat(73)]) expect((await follow(link, password)).status).toBe(422);
    expect((await follow(link, OWN)).status).toBe(200);
  });

  it('replaces nobody’s session unless they were told whose', async () => {
    const { browser: reader } = await settledAccount();
    const present = (await principalOf(reader))!;
    const email = newAddress();
    await signUp(email);
    const link = await newestLink(email, 1);
    const copied = new TestBrowser(APP_URL);
    for (const [name, value] of reader.cookies) copied.cookies.set(name, value);

    for (const told of [{}, { instead_of: randomUUID() }]) {
      expect((await follow({ ...link, ...told }, OWN, reader)).status).toBe(409);
    }
    await expect(principalOf(reader)).resolves.toEqual(present);
    expect((await follow({ ...link, instead_of: present.userId }, OWN, reader)).status).toBe(200);
    await expect(principalOf(reader)).resolves.toMatchObject({ email });
    await expect(principalOf(copied)).resolves.toBeNull();
  });

  it('follows links only from a page of this site', async () => {
    const email = newAddress();
    await signUp(email);
    const body = { ...(await newestLink(email, 1)), password: OWN };
    for (const origin of ['https://evil.example', 'http://usage.example.com', '']) {
      const response = await new TestBrowser(APP_URL).send(routes.followLink, { body, headers: { origin } });
      expect(response.status).toBe(403);
    }
  });

  it('has a proven address only where that very address was confirmed', async () => {
    const { browser } = await settledAccount();
    const { userId } = (await principalOf(browser))!;
    await database.pool.query('delete from proven_addresses where email = $1', [ADMIN]);
    await database.pool.query('delete from auth.users where email = $1', [ADMIN]);
    // However it came there: the sign-in's own mark of a confirmed address stays.
    await database.pool.query('update auth.users set email = $2 where id = $1', [userId, ADMIN]);
    const moved = new TestBrowser(APP_URL);
    expect(await signIn(ADMIN, OWN, moved)).toBe(200);
    await expect(principalOf(moved)).resolves.toMatchObject({ userId, email: ADMIN, isPlatformAdmin: false });

    const identity = (email: string, isVerified: boolean) =>
      database.pool.query(
        `insert into auth.identities (id, provider, provider_id, user_id, identity_data)
         values (gen_random_uuid(), 'google', gen_random_uuid(), $1, $2)`,
        [userId, { email, email_verified: isVerified }],
      );
    await identity('somebody@example.com', true);
    await identity(ADMIN, false);
    await expect(principalOf(moved)).resolves.toMatchObject({ isPlatformAdmin: false });
    await identity(ADMIN, true);
    await expect(principalOf(moved)).resolves.toMatchObject({ isPlatformAdmin: true });
  });
});
