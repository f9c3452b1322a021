import { isAuthRetryableFetchError, type AuthError } from '@supabase/supabase-js';
import { AppError, type ErrorCode } from '@/kernel/errors';
import { signInUnavailable } from './supabase-server';

/** Error codes of Supabase Auth that a person can do something about. */
const KNOWN: Record<string, [ErrorCode, string]> = {
  user_already_exists: ['conflict', 'There is an account with this address already. Sign in, or reset the password.'],
  email_exists: ['conflict', 'There is an account with this address already. Sign in, or reset the password.'],
  signup_disabled: ['forbidden', 'New accounts cannot be made here. Ask for an invitation.'],
  over_request_rate_limit: ['too_many_requests', 'There were too many attempts. Try again in a few minutes.'],
  over_email_send_rate_limit: ['too_many_requests', 'Too much mail was asked for. Try again in a few minutes.'],
};
const PASSWORD_REFUSALS = new Set(['weak_password', 'same_password']);
const SESSION_REFUSALS = new Set(['session_not_found', 'session_expired', 'bad_jwt', 'no_authorization']);

/** Whether it is the password itself that was refused: too weak for this project, or known from a leak. */
export const isPasswordRefusal = (error: AuthError): boolean => PASSWORD_REFUSALS.has(error.code ?? '');

/** What Supabase Auth answered to a sign-up or a change of password, as our own error. */
export function authProblem(error: AuthError): AppError {
  if (isAuthRetryableFetchError(error)) return signInUnavailable(error);
  const code = error.code ?? '';
  const known = KNOWN[code];
  if (known) return new AppError(known[0], known[1], { cause: error });
  if (isPasswordRefusal(error)) {
    const issues = [{ field: 'password', message: error.message }];
    return new AppError('invalid_request', error.message, { cause: error, issues });
  }
  if (SESSION_REFUSALS.has(code) || error.name === 'AuthSessionMissingError') {
    return new AppError('unauthenticated', 'This session has ended. Sign in again.', { cause: error });
  }
  return new AppError('internal', 'Sign-in failed on our side. Quote the request id when you report it.', {
    cause: error,
  });
}

/**
 * The same for a sign-in: whether it is the address or the password that is wrong is not said, nor that the address waits to be
 * confirmed, since nobody who is to know has a password by then.
 */
export function signInProblem(error: AuthError): AppError {
  if (isAuthRetryableFetchError(error) || (error.code && error.code in KNOWN)) return authProblem(error);
  return new AppError('unauthenticated', 'The address or the password is wrong.', { cause: error });
}
