/** @jest-environment node */
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type BrowserContext } from 'playwright-core';
import { launchBrowser } from './browser';
import { hangUpInBody, sendRaw } from './raw-request';
import { type Account, signInAt, switchTo } from './session';
import { type Demo, Stack } from './stack';

jest.setTimeout(600_000);

let stack: Stack;
let demo: Demo;
let browser: Browser;

beforeAll(async () => {
  [stack, browser] = await Promise.all([Stack.start(), launchBrowser()]);
  demo = await stack.demo();
});
afterAll(async () => {
  await browser?.close();
  await stack?.dispose();
});

const signIn = (context: BrowserContext, account: Account) => signInAt(stack.url, context, account);

async function apiCalls(apiKey: string): Promise<number> {
  const response = await fetch(`${stack.url}/api/v1/usage/current`, { headers: { authorization: `Bearer ${apiKey}` } });
  const body = (await response.json()) as { metrics: { metric: string; quantity: number }[] };
  return body.metrics.find(({ metric }) => metric === 'api_calls')?.quantity ?? 0;
}

async function eventually<T>(read: () => Promise<T>, wanted: (value: T) => boolean): Promise<T> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const value = await read();
    if (wanted(value) || Date.now() > deadline) return value;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

it('lets a person sign in, see the chart, make a key, call with it, and see that call counted', async () => {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await signIn(context, demo.customer);
  await page
    .getByRole('img', { name: /requests/i })
    .first()
    .waitFor();

  await page.goto(`${stack.url}/keys`);
  await page
    .getByRole('button', { name: /create (a )?key/i })
    .first()
    .click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('From the browser');
  await dialog.getByRole('button', { name: /create/i }).click();
  const secret = (
    await page
      .getByText(/tg_live_[0-9A-Za-z]{36}/)
      .first()
      .textContent()
  )?.match(/tg_live_[0-9A-Za-z]{36}/)?.[0];
  expect(secret).toBeDefined();

  const before = await apiCalls(secret!);
  const call = await fetch(`${stack.url}/api/v1/echo`, { headers: { authorization: `Bearer ${secret}` } });
  expect(call.status).toBe(200);
  expect(
    await eventually(
      () => apiCalls(secret!),
      (n) => n > before,
    ),
  ).toBe(before + 1);
  await context.close();
});

it('shows how much of each quota is used, from calm to over, and lets alerts be acknowledged', async () => {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await signIn(context, demo.customer);
  const apiCallsBar = page.getByRole('meter', { name: 'API calls' });
  for (const [name, words] of [
    ['Free at 10 %', /^100 of 1,000 calls used, 10 %/],
    ['Business at 85 %', /^850,000 of 1,000,000 calls used, 85 %, getting close/],
    ['Pro at 95 %', /^95,000 of 100,000 calls used, 95 %, almost used up/],
    ['Free at 100 %', /^1,000 of 1,000 calls used, 100 %, used up/],
    ['Starter at 130 %', /^13,000 of 10,000 calls used, 130 %, 3,000 over included/],
  ] as const) {
    await switchTo(page, name);
    expect(await apiCallsBar.getAttribute('aria-valuetext')).toMatch(words);
  }
  await page.getByText('Overage is billed at $0.002 each.').waitFor();
  await page.getByRole('button', { name: 'Acknowledge the alerts of API calls' }).click();
  await page.getByRole('button', { name: 'Acknowledge the alerts of API calls' }).waitFor({ state: 'detached' });
  await page.reload();
  await apiCallsBar.waitFor();
  expect(await page.getByRole('button', { name: 'Acknowledge the alerts of API calls' }).count()).toBe(0);
  await context.close();
});

it('upgrades at once, ends a plan with its period, and takes that back', async () => {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await signIn(context, demo.customer);
  await switchTo(page, 'Free at 10 %');
  await page.goto(`${stack.url}/plans`);
  await page.getByRole('button', { name: 'Upgrade to Starter' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Upgrade now' }).click();
  await page
    .getByRole('columnheader', { name: /^Starter/ })
    .getByText('Your plan')
    .waitFor();

  await page.goto(`${stack.url}/usage`);
  const bar = page.getByRole('meter', { name: 'API calls' });
  expect(await bar.getAttribute('aria-valuetext')).toMatch(/^100 of 10,000 calls used/);

  await page.goto(`${stack.url}/plans`);
  await page.getByRole('button', { name: 'Cancel plan' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Cancel plan' }).click();
  await page.getByText(/^Free from /).waitFor();
  await page.reload();
  await page.getByRole('button', { name: 'Keep Starter' }).click();
  await page.getByText(/^Free from /).waitFor({ state: 'detached' });
  await context.close();
});

it('tells nothing to a stranger, and gives a customer no admin page', async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  for (const path of ['/usage', '/keys', '/plans', '/organization']) {
    await page.goto(stack.url + path);
    expect(new URL(page.url()).pathname).toBe('/sign-in');
  }
  expect((await fetch(`${stack.url}/api/v1/usage/current`)).status).toBe(401);
  expect((await fetch(`${stack.url}/api/cron/aggregate-daily`)).status).toBe(401);
  const customer = await signIn(context, demo.customer);
  await customer.goto(`${stack.url}/admin/outbox`);
  await customer.getByRole('heading', { name: 'This road leads nowhere' }).waitFor();
  expect(await customer.getByRole('heading', { name: 'Outbox' }).count()).toBe(0);
  await context.close();
});

describe('what is no proper request', () => {
  const headers = () => `Host: x\r\nX-API-Key: ${demo.apiKey}\r\nConnection: close\r\n`;

  it('is answered with less than 500', async () => {
    const { paths } = (await (await fetch(`${stack.url}/api/openapi.json`)).json()) as { paths: object };
    const targets = Object.keys(paths).map((path) => path.replaceAll(/\{\w+\}/g, '%ff'));
    const lines = [
      ...[...targets, '/%ff', '/usage/%E0%A4', '/docs%', '/api/usage/%ff', '/_next/%ff', '/_next/image?url=%ff'].map(
        (target) => `GET ${target} HTTP/1.1`,
      ),
      ...['TRACE', 'TRACK', 'CONNECT', 'PROPFIND', 'OPTIONS', 'QUERY'].flatMap((method) =>
        ['/', '/api/v1/keys', '*', 'http://[', 'other.example:80'].map((target) => `${method} ${target} HTTP/1.1`),
      ),
      'GET * HTTP/1.1',
      'GET /api/v1/usage/alerts?cursor=%00 HTTP/1.1',
      'GET /sign-in?next=%ff HTTP/1.1',
      `GET /${'a'.repeat(9_000)} HTTP/1.1`,
      `GET /api/v1/keys?cursor=${'a'.repeat(20_000)} HTTP/1.1`,
      'GET / HTTP/9.9',
      'nonsense',
    ];
    const statuses = new Map<string, number | null>();
    for (const line of lines) statuses.set(line, await sendRaw(stack.port, `${line}\r\n${headers()}\r\n`));
    expect([...statuses].filter(([, status]) => status !== null && status >= 500)).toEqual([]);
    expect([...statuses.values()]).toContain(400);
  });

  it('and a caller who hangs up in the middle are no failures of ours', async () => {
    for (const path of ['/api/v1/usage/events', '/api/v1/keys', '/api/v1/echo'])
      await hangUpInBody(stack.port, `POST ${path} HTTP/1.1\r\nContent-Type: application/json\r\n${headers()}`);
    expect((await fetch(`${stack.url}/api/ready`)).status).toBe(200);
    expect(await stack.stop()).toBe(0);
    expect(stack.output).not.toContain('"level":50');
    await stack.start();
  });
});

it('refuses a second server on the same data directory, and says why', () => {
  const second = spawnSync('npm', ['start'], {
    cwd: join(__dirname, '..'),
    env: { ...process.env, NODE_ENV: 'production', PORT: String(stack.port + 1), DATA_DIR: stack.dataDir },
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect(second.status).toBe(1);
  expect(second.stdout + second.stderr).toContain(stack.dataDir);
});

it('keeps its secrets to its user', () => {
  for (const name of ['demo.json', 'secrets.json'])
    expect((statSync(join(stack.dataDir, name)).mode & 0o777).toString(8)).toBe('600');
});

it('stops on SIGTERM with exit code 0, having kept every answered call, and finds its data again', async () => {
  const before = await apiCalls(demo.apiKey);
  const calls = await Promise.all(
    Array.from({ length: 40 }, () =>
      fetch(`${stack.url}/api/v1/echo`, { headers: { authorization: `Bearer ${demo.apiKey}` } }).then(
        async (response) => (await response.text()) !== '' && response.status,
      ),
    ),
  );
  expect(calls.every((status) => status === 200)).toBe(true);
  expect(await stack.stop()).toBe(0);
  await stack.start();
  expect(
    await eventually(
      () => apiCalls(demo.apiKey),
      (n) => n >= before + 40,
    ),
  ).toBe(before + 40);
});
