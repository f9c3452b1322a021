import { z } from 'zod';
import { callApi } from '@/ui/http/call-api';

const redirect = z.object({ redirect_to: z.string() });

const post = (path: string, body: unknown): Promise<string> =>
  callApi(`/api/auth/${path}`, { method: 'POST', body, answer: redirect }).then((answer) => answer.redirect_to);

/** Each answers with the path to go to. @throws Problem when refused. */
export const signIn = (email: string, password: string) => post('sign-in', { email, password });
export const signUp = (email: string, password: string) => post('sign-up', { email, password });
export const signOut = () => post('sign-out', {});
export const changePassword = (password: string) => post('change-password', { password });
export const switchOrganization = (id: string) => post('switch-organization', { organization_id: id });

/** Answers alike whether the address is known or not. */
export const requestReset = (email: string) => callApi('/api/auth/request-reset', { method: 'POST', body: { email } });
