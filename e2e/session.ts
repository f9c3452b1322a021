import { type BrowserContext, type Page } from 'playwright-core';

export interface Account {
  email: string;
  password: string;
}

/** Signs a person in by the form; resolves to the page, which shows their usage. */
export async function signInAt(url: string, context: BrowserContext, { email, password }: Account): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${url}/sign-in`);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(/\/usage/);
  return page;
}

/** Turns the page to another organization, through the switcher. */
export async function switchTo(page: Page, name: string): Promise<void> {
  const openMenu = async () => {
    const menu = page.getByRole('button', { name: 'Open the menu' });
    if (await menu.isVisible()) await menu.click();
  };
  await openMenu();
  await page.getByRole('button', { name: /^Organization: / }).click();
  await Promise.all([page.waitForEvent('load'), page.getByRole('menuitem', { name }).click()]);
  await openMenu();
  await page.getByRole('button', { name: `Organization: ${name}. Switch` }).waitFor();
  await page.keyboard.press('Escape');
}
