import { services } from '@/container';
import { startTestAuth, TEST_ANON_KEY, TEST_JWT_SECRET, type TestAuth } from '@/testing/test-auth';
import { TestBrowser } from '@/testing/test-browser';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { createAuthRoutes } from './auth-routes';
import { createPreparePage } from './prepare-page';

const APP_URL = 'https://usage.example.com';

describe('signing in too often', () => {
  let database: TestDatabase;
  let auth: TestAuth;
  const routes = createAuthRoutes(services);

  beforeAll(async () => {
    database = await createTestDatabase();
    auth = await startTestAuth({ databaseUrl: database.url, appUrl: APP_URL });
    Object.assign(process.env, {
      DATABASE_URL: database.url,
      SUPABASE_URL: auth.url,
      SUPABASE_ANON_KEY: TEST_ANON_KEY,
      SUPABASE_JWT_SECRET: TEST_JWT_SECRET,
      APP_URL,
      LOG_LEVEL: 'silent',
    });
  });
  afterAll(async () => {
    await services().close();
    await auth.stop();
    await database.drop();
  });

  it('is refused with the time to wait, and alike for accounts that do not exist', async () => {
    const [known, unknown] = ['known@example.com', 'unknown@example.com'];
    const signUp = { email: known, password: 'correct horse battery staple' };
    expect((await new TestBrowser(APP_URL).send(routes.signUp, { body: signUp })).status).toBe(200);

    const refusals = [];
    for (const email of [known, unknown]) {
      const attempt = () =>
        new TestBrowser(APP_URL).send(routes.signIn, { body: { email, password: 'staple battery horse correct' } });
      let response = await attempt();
      let wrong = 0;
      for (; response.status === 401; wrong++) response = await attempt();
      // One more than ten where the edge of a window lies between.
      expect([10, 11]).toContain(wrong);
      expect(response.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
      const { request_id: _, detail, ...body } = (await response.json()) as Record<string, unknown>;
      refusals.push({ body, detail: String(detail).replace(/\d+ s\./, '') });
    }
    expect(refusals[0]).toEqual(refusals[1]);
    expect(refusals[0]).toMatchObject({ body: { status: 429, code: 'rate_limited' } });
  });

  it('by strangers keeps nobody out who was here before', async () => {
    const [email, password] = ['owner@example.com', 'correct horse battery staple'];
    const owner = new TestBrowser(APP_URL);
    const from = (ip: string) => ({ 'x-forwarded-for': ip });
    const signIn = (browser: TestBrowser, given: string, ip: string) =>
      browser.send(routes.signIn, { body: { email, password: given }, headers: from(ip) });
    expect((await owner.send(routes.signUp, { body: { email, password }, headers: from('203.0.113.1') })).status).toBe(
      200,
    );
    await owner.send(routes.signOut);
    const stranger = new TestBrowser(APP_URL);
    while ((await signIn(stranger, 'staple battery horse correct', '203.0.113.1')).status === 401);
    expect((await signIn(stranger, password, '203.0.113.1')).status).toBe(429);
    expect((await signIn(owner, password, '203.0.113.1')).status).toBe(200);
    expect((await signIn(new TestBrowser(APP_URL), password, '203.0.113.2')).status).toBe(200);
  });

  it('is not the only thing: whoever asks for pages without end is told to wait, and nobody else', async () => {
    const prepare = createPreparePage(services);
    const open = (browser: TestBrowser) => browser.send((request) => prepare(request), { method: 'GET' });
    const [reader, other] = [new TestBrowser(APP_URL), new TestBrowser(APP_URL)];
    for (const [n, browser] of [reader, other].entries()) {
      const body = { email: `reader-${n}@example.com`, password: 'correct horse battery staple' };
      await browser.send(routes.signUp, { body });
    }
    let response = await open(reader);
    let opened = 0;
    for (; response.status === 200; opened++) response = await open(reader);
    expect(opened).toBeGreaterThanOrEqual(300);
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
    expect((await open(other)).status).toBe(200);
    expect((await open(new TestBrowser(APP_URL))).status).toBe(200);
  });
});
