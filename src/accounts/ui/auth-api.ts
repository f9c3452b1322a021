import { z } from 'zod';
import { callApi } from '@/ui/http/call-api';

const redirect = z.object({ redirect_to: z.string() });
const redirectOrMail = z.object({ redirect_to: z.string().nullable() });

const post = (path: string, body: unknown): Promise<string> =>
  callApi(`/api/auth/${path}`, { method: 'POST', body, answer: redirect }).then((answer) => answer.redirect_to);

/** Each answers with the path to go to. @throws Problem when refused. */
export const signIn = (email: string, password: string) => post('sign-in', { email, password });
export const signOut = () => post('sign-out', {});
export const followLink = (input: { token_hash: string; type: string; password: string; instead_of?: string }) =>
  post('follow-link', input);
export const changePassword = (password: string) => post('change-password', { password });
export const switchOrganization = (id: string) => post('switch-organization', { organization_id: id });

/**
 * Opens an account, with a password where no mail confirms the address.
 * @returns where to go; null where a link was mailed, which is not told apart from an address that is known already.
 */
export const signUp = (email: string, password?: string): Promise<string | null> =>
  callApi('/api/auth/sign-up', {
    method: 'POST',
    body: { email, ...(password !== undefined && { password }) },
    answer: redirectOrMail,
  }).then((answer) => answer.redirect_to);

/** Answers alike whether the address is known or not. */
export const requestReset = (email: string) => callApi('/api/auth/request-reset', { method: 'POST', body: { email } });
