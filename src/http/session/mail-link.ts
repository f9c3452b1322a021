/**
 * Asking for a link by mail: to a new account, or to a new password. Anybody may ask for anybody, so the answer and the time
 * it takes are the same whatever stands behind the address: Supabase is asked after the answer has left. Whoever reads the
 * mail chooses the password (follow-link), so that it does not matter who asked for it, nor how often.
 */
import { isAuthRetryableFetchError } from '@supabase/supabase-js';
import { randomBytes } from 'node:crypto';
import { isWithinAttempts } from '../limit-attempts';
import { type Services } from '../services';

/**
 * A password that nobody knows: an account has one from the start, its owner chooses another by the link. The end is for
 * projects that want every kind of character.
 */
export const unknownPassword = (): string => `${randomBytes(45).toString('base64url')}aA1!`;

/**
 * Sends a link to an account that is made if there is none. An address that is known already, confirmed or not, is sent a link
 * to a new password instead. So many mails an hour go to one address; after that nothing is sent, and the newest that was
 * sent is still good.
 */
export async function mailSignUpLink(services: Services, email: string): Promise<void> {
  const { anonymousAuth } = services.supabase;
  await later(services, email, async () => {
    const { data, error } = await anonymousAuth.signUp({ email, password: unknownPassword() });
    // Supabase answers for a known address with an error, or with a person made up on the spot, who has no identities.
    const isKnown = error ? !isAuthRetryableFetchError(error) : data.user?.identities?.length === 0;
    if (error && !isKnown) return error;
    return isKnown ? (await anonymousAuth.resetPasswordForEmail(email)).error : null;
  });
}

/** Sends a link to a new password, if there is such an account. */
export async function mailResetLink(services: Services, email: string): Promise<void> {
  await later(services, email, async () => (await services.supabase.anonymousAuth.resetPasswordForEmail(email)).error);
}

async function later(services: Services, email: string, ask: () => Promise<Error | null>): Promise<void> {
  if (!(await isWithinAttempts(services, 'mailed_link', { ip: null, account: email }))) return;
  const work = ask()
    .catch((error: unknown) => error)
    .then((error) => {
      if (error) services.log.warn({ err: error }, 'a link could not be mailed');
    });
  services.keepAlive?.(work);
}
