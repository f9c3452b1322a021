/** @jest-environment node */
import axe from 'axe-core';
import { type Browser, type Page } from 'playwright-core';
import { launchBrowser } from './browser';
import { signInAt, switchTo } from './session';
import { type Demo, Stack } from './stack';

jest.setTimeout(600_000);

/** Rules on contrast depend on the theme, those on order and size on the width: so each of both is looked at once. */
const VIEWS = [
  { width: 1440, theme: 'light' },
  { width: 390, theme: 'dark' },
] as const;
type View = (typeof VIEWS)[number];

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

const newContext = () =>
  browser.newContext({
    viewport: { width: VIEWS[0].width, height: 900 },
    colorScheme: VIEWS[0].theme,
    reducedMotion: 'reduce',
  });

/** Brings a page that is open to a width and a theme, as a person does who turns the phone or the system's theme. */
async function turnTo(page: Page, { width, theme }: View): Promise<void> {
  await page.setViewportSize({ width, height: 900 });
  await page.emulateMedia({ colorScheme: theme });
  await page.locator(`html.${theme}`).waitFor();
}

/** Pixels by which the page can be scrolled sideways, once it has stopped changing: charts follow a new width a frame later. */
const overflowOf = (page: Page) =>
  page.evaluate(async () => {
    const { documentElement: root } = document;
    const now = () => `${root.scrollWidth} ${root.scrollHeight}`;
    for (let before = '', same = 0; same < 3; before = now()) {
      same = before === now() ? same + 1 : 0;
      await new Promise((drawn) => requestAnimationFrame(drawn));
    }
    return root.scrollWidth - root.clientWidth;
  });

/** The rules that the page violates as it is drawn at present. */
const violationsOf = (page: Page) =>
  page.evaluate(async () => {
    const { violations } = await (window as unknown as { axe: typeof axe }).axe.run({ resultTypes: ['violations'] });
    return violations.map(({ id, nodes }) => ({ id, nodes: nodes.map(({ html }) => html) }));
  });

/** What is wrong with the page that is open, wide and light, narrow and dark. One visit: loading is most of what looking costs. */
async function faultsOf(page: Page): Promise<object[]> {
  const faults: object[] = [];
  await page.evaluate(axe.source);
  for (const view of VIEWS) {
    await turnTo(page, view);
    const overflow = await overflowOf(page);
    if (overflow > 0) faults.push({ ...view, overflow });
    for (const violation of await violationsOf(page)) faults.push({ ...view, ...violation });
  }
  await turnTo(page, VIEWS[0]);
  return faults;
}

async function look(page: Page, paths: string[]): Promise<void> {
  for (const path of paths) {
    await page.goto(stack.url + path);
    await page.waitForLoadState('networkidle');
    expect({ path, faults: await faultsOf(page) }).toEqual({ path, faults: [] });
  }
}

/** Where the first invoice of a list leads to. */
async function pathOfFirst(page: Page, list: string): Promise<string> {
  await page.goto(stack.url + list);
  const link = page.getByRole('table', { name: 'Invoices' }).getByRole('row').nth(1).getByRole('link').first();
  return (await link.getAttribute('href'))!;
}

describe('no page violates an accessibility rule or scrolls sideways, wide and light, narrow and dark', () => {
  it('that strangers see', async () => {
    const context = await newContext();
    await look(await context.newPage(), [
      '/sign-in',
      '/sign-up',
      '/reset-password',
      '/auth/confirm?token_hash=x&type=signup',
      '/docs',
      '/no-such-page',
    ]);
    await context.close();
  });

  it('that an admin sees', async () => {
    const context = await newContext();
    const page = await signInAt(stack.url, context, demo.admin);
    await look(page, [
      '/usage',
      '/keys',
      '/organization',
      '/admin/outbox',
      '/admin/alerts',
      '/admin/billing',
      '/admin/billing/invoices',
      '/admin/billing/simulations',
    ]);
    await page.goto(`${stack.url}/admin/billing/simulations`);
    await page.getByRole('button', { name: 'Simulate' }).click();
    await page.getByRole('heading', { name: 'Result' }).waitFor();
    await page.getByRole('button', { name: 'Stop' }).waitFor({ state: 'detached' });
    expect({ what: 'a simulation', faults: await faultsOf(page) }).toEqual({ what: 'a simulation', faults: [] });
    await look(page, [await pathOfFirst(page, '/admin/billing/invoices')]);
    await context.close();
  });

  it('that a customer sees, at ease and over their quota', async () => {
    const context = await newContext();
    const page = await signInAt(stack.url, context, demo.customer);
    await look(page, [
      '/usage',
      '/usage?range=90d',
      '/keys',
      '/plans',
      '/billing',
      '/alerts',
      '/reports',
      '/organization',
      '/update-password',
    ]);
    await look(page, ['/billing?checkout=canceled', await pathOfFirst(page, '/billing')]);
    for (const folded of await page.locator('main summary').all()) await folded.click();
    expect({ what: 'an invoice, opened', faults: await faultsOf(page) }).toEqual({
      what: 'an invoice, opened',
      faults: [],
    });
    await page.goto(`${stack.url}/usage`);
    for (const name of ['Starter at 130 %', 'Free at 100 %']) {
      await switchTo(page, name);
      await look(page, ['/usage', '/usage?mode=test', '/plans', '/billing']);
    }
    await context.close();
  });
});
