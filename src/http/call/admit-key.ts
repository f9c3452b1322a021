import { allowsScope, type ApiKeyVerifier } from '@/keys';
import { AppError } from '@/kernel/errors';
import { type RequestOrigin } from '../origin/client-reader';
import { presentedApiKey, type HeaderReader } from '../credentials';
import { type ApiKeyPrincipal } from '../principal';

const REFUSALS = {
  invalid_api_key: 'The API key is not one of ours. Check that it was copied whole.',
  revoked_api_key: 'The API key was revoked. Use another one.',
  expired_api_key: 'The API key has expired. Use another one.',
  unavailable: 'The API key cannot be checked at the moment. Try again.',
} as const;

/**
 * Who calls, if their key may do what is asked from where they are.
 * @throws AppError unauthenticated without a key or with two; invalid_api_key, revoked_api_key, expired_api_key;
 *   ip_not_allowed; missing_scope; unavailable if the key is not known and the database cannot be asked.
 */
export async function admitKey(
  verifier: ApiKeyVerifier,
  header: HeaderReader,
  origin: RequestOrigin,
  scope: string | undefined,
): Promise<ApiKeyPrincipal> {
  const presented = presentedApiKey(header);
  if (presented === null) {
    throw new AppError('unauthenticated', 'Send an API key in the header Authorization: Bearer, or in X-API-Key.');
  }
  const verdict = await verifier.verify(presented);
  if (!verdict.ok) {
    const transient = verdict.code === 'unavailable' && { retryable: true, retryAfterSeconds: 1 };
    throw new AppError(verdict.code, REFUSALS[verdict.code], { ...transient });
  }
  const { principal } = verdict;
  if (scope !== undefined && !allowsScope(principal.scopes, scope)) {
    throw new AppError('missing_scope', `The API key lacks the scope ${scope}.`);
  }
  if (!verdict.allowsIp(origin.ip)) {
    throw new AppError('ip_not_allowed', `The API key may not be used from ${origin.ip ?? 'an unknown address'}.`);
  }
  return principal;
}
