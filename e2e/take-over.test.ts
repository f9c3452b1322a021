/**
 * @jest-environment node
 *
 * Somebody signs up with an address that is not theirs, waits for its owner to open the mail, and tries to get in.
 */
import { type Browser, type Page } from 'playwright-core';
import { type MailSink, startMailSink } from '../src/testing/mail-sink';
import { launchBrowser } from './browser';
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
