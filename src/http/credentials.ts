import { AppError } from '@/kernel/errors';

/** Reads one header, by its lower-case name. Both Request and node:http can give one. */
export type HeaderReader = (name: string) => string | null | undefined;

/** How secret keys begin: tells an API key from an access token of Supabase in an Authorization header. */
const KEY_START = 'tg_';

/** The token of `Authorization: Bearer …`, or null. */
export function bearerToken(header: HeaderReader): string | null {
  const value = header('authorization');
  return value && value.slice(0, 7).toLowerCase() === 'bearer ' ? value.slice(7).trim() : null;
}

/**
 * The API key a request carries in `Authorization: Bearer`, `X-API-Key` or `X-Subscription-Key`, or null.
 * @throws AppError unauthenticated if it carries two different ones: which is meant is not for us to guess.
 */
export function presentedApiKey(header: HeaderReader): string | null {
  const bearer = bearerToken(header);
  const named = header('x-api-key') || null;
  const subscription = header('x-subscription-key') || null;
  const key = named ?? subscription ?? bearer;
  const differs = (other: string | null) => other !== null && other !== key;
  if (differs(subscription) || differs(bearer)) {
    throw new AppError(
      'unauthenticated',
      'The request carries two different credentials. Send one, in Authorization, X-API-Key or X-Subscription-Key.',
    );
  }
  return key;
}

/** Whether the request is to be judged by an API key rather than by a session or an access token. */
export function carriesApiKey(header: HeaderReader): boolean {
  return Boolean(header('x-api-key') || header('x-subscription-key') || bearerToken(header)?.startsWith(KEY_START));
}
