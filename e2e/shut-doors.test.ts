/**
 * @jest-environment node
 *
 * What strangers try, with a real browser against the real product that sends mail: to take over an account that is not theirs,
 * to have a script of theirs run, to see a password that somebody types too early.
 */
import { type Browser, type BrowserContext, type Page } from 'playwright-core';
import { type MailSink, startMailSink } from '../src/testing/mail-sink';
import { launchBrowser } from './browser';
import { signInAt } from './session';
import { Stack } from './stack';

jest.setTimeout(600_000);

const OWNER = 'ops@example.com';
const THEIR_PASSWORD = 'a password of the attacker';
const OWN_PASSWORD = 'a password of the owner';
const CRON_SECRET = 'only for this test, and long enough';

let mail: MailSink;
let stack: Stack;
let browser: Browser;

beforeAll(async () => {
  mail = await startMailSink();
  [stack, browser] = await Promise.all([
    Stack.start({ SMTP_URL: mail.url, ADMIN_EMAILS: OWNER, CRON_SECRET }),
    launchBrowser(),
  ]);
});
afterAll(async () => {
  await browser?.close();
  await stack?.dispose();
  await mail?.close();
});

/** A browser of their own, as a person who shares nothing with the others has. */
const person = async (): Promise<Page> => (await browser.newContext()).newPage();

/** Waits for what a press of a button leads to: the answer of the route that it calls. */
const press = async (page: Page, name: RegExp | string): Promise<number> => {
  const answer = page.waitForResponse((response) => response.url().includes('/api/auth/'));
  await page.getByRole('button', { name }).click();
  return (await answer).status();
};

/** Signs up through the page. Whoever is asked for a password there gives this one. */
async function signUp(page: Page, password: string): Promise<number> {
  await page.goto(`${stack.url}/sign-up`);
  await page.getByLabel('E-mail').fill(OWNER);
  if (await page.getByLabel('Password').isVisible()) await page.getByLabel('Password').fill(password);
  return press(page, /create account|send the link/i);
}

/** The links in the owner's mailbox, the oldest first; asks the outbox until there are as many. */
async function mailedLinks(count: number): Promise<string[]> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    await fetch(`${stack.url}/api/cron/deliver-mail`, { headers: { authorization: `Bearer ${CRON_SECRET}` } });
    const links = mail.received
      .filter(({ recipients }) => recipients.includes(OWNER))
      // Long lines come quoted-printable.
      .map(({ content }) => content.replace(/=\n/g, '').replace(/=3D/g, '='))
      .map((content) => /http:\/\/\S+\/auth\/confirm\S+/.exec(content)![0].replaceAll('&amp;', '&'));
    if (links.length >= count || Date.now() > deadline) return links;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Opens a mailed link as the owner of the mailbox does, and does what the page asks for. */
async function follow(page: Page, link: string): Promise<void> {
  await page.goto(link);
  if (await page.getByLabel('New password').isVisible()) {
    await page.getByLabel('New password').fill(OWN_PASSWORD);
    await press(page, 'Choose password');
    await page.waitForURL(/\/usage/);
  }
}

/** What a person sees who tries to sign in: whether they are in, and whether as a platform admin. */
async function tryToSignIn(password: string): Promise<{ in: boolean; admin: boolean }> {
  const page = await person();
  await page.goto(`${stack.url}/sign-in`);
  await page.getByLabel('E-mail').fill(OWNER);
  await page.getByLabel('Password').fill(password);
  const status = await press(page, 'Sign in');
  if (status === 200) await page.waitForURL(/\/usage/);
  await page.goto(`${stack.url}/admin/outbox`);
  const admin = (await page.getByRole('heading', { name: 'Outbox' }).count()) > 0;
  return { in: status === 200, admin };
}

it('gives an account to who reads the mail of its address, and to nobody who signed up with it before', async () => {
  const attacker = await person();
  const owner = await person();
  expect(await signUp(attacker, THEIR_PASSWORD)).toBe(200);
  const ownersSignUp = await signUp(owner, OWN_PASSWORD);
  const links = await mailedLinks(2);

  // What scans mail opens every link; that must use none up.
  for (const method of ['GET', 'HEAD']) await fetch(links.at(-1)!, { method, redirect: 'manual' });
  await follow(owner, links.at(-1)!);

  expect({
    ownersSignUp,
    attacker: await tryToSignIn(THEIR_PASSWORD),
    owner: await tryToSignIn(OWN_PASSWORD),
  }).toEqual({
    ownersSignUp: 200,
    attacker: { in: false, admin: false },
    owner: { in: true, admin: true },
  });
});

/** What the pages of a context were refused by their policy, or threw. */
function complaintsOf(context: BrowserContext): string[] {
  const complaints: string[] = [];
  context.on('console', (message) => {
    if (message.type() === 'error' && !/status of 404/.test(message.text())) complaints.push(message.text());
  });
  context.on('weberror', (error) => complaints.push(String(error.error())));
  return complaints;
}

it('runs nothing on any page but what carries the nonce of its answer', async () => {
  const { customer, admin } = await stack.demo();
  const visits: [{ email: string; password: string } | null, string[]][] = [
    [
      null,
      ['/sign-in', '/sign-up', '/reset-password', '/auth/confirm?token_hash=x&type=signup', '/docs', '/no-such-page'],
    ],
    [customer, ['/usage', '/keys', '/plans', '/organization', '/update-password']],
    [admin, ['/admin/outbox']],
  ];
  const nonces = new Set<string>();
  for (const [account, paths] of visits) {
    const context = await browser.newContext({ colorScheme: 'dark' });
    const complaints = complaintsOf(context);
    const page = account ? await signInAt(stack.url, context, account) : await context.newPage();
    for (const path of paths) {
      const answer = (await page.goto(stack.url + path))!;
      await page.waitForLoadState('networkidle');
      nonces.add(/'nonce-([^']+)'/.exec(answer.headers()['content-security-policy']!)![1]!);
      // The script that sets the theme before the first paint ran, and so did React.
      await page.locator('html.dark').waitFor();
      expect([path, complaints]).toEqual([path, []]);
    }
    if (account === customer) {
      await page.goto(`${stack.url}/keys`);
      await page
        .getByRole('button', { name: /create (a )?key/i })
        .first()
        .click();
      // The page behind a dialog is kept still by a style of its own.
      await page.getByRole('dialog').waitFor();
      expect(complaints).toEqual([]);
    }
    await page.evaluate(() => document.body.insertAdjacentHTML('beforeend', '<p onclick="window.ran = 1">x</p>'));
    await page.evaluate(() => document.querySelector<HTMLElement>('p[onclick]')!.click());
    expect(await page.evaluate(() => 'ran' in window)).toBe(false);
  }
  expect(nonces.size).toBe(12);
});

it('takes no password before the code is there that sends it, and never into an address', async () => {
  const context = await browser.newContext();
  await context.route('**/_next/static/**', (route) => route.abort());
  const page = await context.newPage();
  for (const path of ['/sign-in', '/auth/confirm?token_hash=x&type=recovery']) {
    await page.goto(stack.url + path);
    const password = page.locator('input[type=password]');
    expect(await password.isDisabled()).toBe(true);
    expect(await page.locator('button[type=submit]').isDisabled()).toBe(true);
    expect(await password.evaluate((field: HTMLInputElement) => field.form!.method)).toBe('post');
  }
});

it('sends headers that shut what is not used, and the one for https only over https', async () => {
  const headersOf = async (path: string, headers = {}) => (await fetch(stack.url + path, { headers })).headers;
  for (const path of ['/sign-in', '/api/v1/usage/current', '/api/health']) {
    const headers = await headersOf(path);
    expect(headers.get('permissions-policy')).toContain('camera=()');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('strict-transport-security')).toBeNull();
    const secure = await headersOf(path, { 'x-forwarded-proto': 'https' });
    expect(secure.get('strict-transport-security')).toBe('max-age=63072000');
  }
  expect((await headersOf('/api/health')).get('content-security-policy')).toMatch(/^default-src 'none'/);
  expect((await headersOf('/sign-in')).get('cache-control')).toContain('no-store');
});
