import { allowsScope } from '@/keys';
import { AppError } from '@/kernel/errors';
import { type Principal } from '../principal';
import { type Services } from '../services';

const SCOPE = 'quota:check';

/**
 * Whose quota is asked for: the caller's own, or, for a gateway, that of the key which it names. To know a key is to be
 * allowed to ask about it; the scope keeps keys that were handed to somebody else from being used to try others.
 * @throws AppError missing_scope; invalid_request for a key that is not in force; unavailable.
 */
export async function checkedPrincipal(
  { apiKeyVerifier }: Pick<Services, 'apiKeyVerifier'>,
  caller: Principal,
  key: string | undefined,
): Promise<Principal> {
  if (key === undefined) return caller;
  if (caller.kind !== 'api_key' || !allowsScope(caller.scopes, SCOPE)) {
    throw new AppError('missing_scope', `Only a key with the scope ${SCOPE} may ask about another key.`);
  }
  const verdict = await apiKeyVerifier.verify(key);
  if (verdict.ok) return verdict.principal;
  if (verdict.code === 'unavailable') {
    throw new AppError('unavailable', 'The key cannot be looked up at the moment. Try again.', {
      retryable: true,
      retryAfterSeconds: 1,
    });
  }
  const issue = { field: 'X-Checked-Key', message: `is not in force (${verdict.code})` };
  throw new AppError('invalid_request', `${issue.field}: ${issue.message}`, { issues: [issue] });
}
