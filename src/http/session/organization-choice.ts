import { parseCookieHeader } from '@supabase/ssr';
import { COOKIE_AGE_S, setCookieHeader } from './response-cookies';

const COOKIE = 'tollgate-organization';

/** Header by which a program with an access token says for which organization it acts. */
export const ORGANIZATION_HEADER = 'x-organization-id';

/** The organization chosen last in this browser. A wish only: membership is checked on every request. */
export const chosenOrganization = (cookieHeader: string | null): string | null =>
  parseCookieHeader(cookieHeader ?? '').find(({ name }) => name === COOKIE)?.value ?? null;

/** The Set-Cookie header that remembers a choice. */
export const rememberOrganization = (organizationId: string, secure: boolean): string =>
  setCookieHeader({ name: COOKIE, value: organizationId, maxAgeSeconds: COOKIE_AGE_S }, secure);
