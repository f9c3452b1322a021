/** What Next makes of errors that are its own: the only file that knows how it marks them. */
import {
  getAccessFallbackHTTPStatus,
  isHTTPAccessFallbackError,
} from 'next/dist/client/components/http-access-fallback/http-access-fallback';
import { isDynamicServerError } from 'next/dist/client/components/hooks-server-context';
import { getRedirectStatusCodeFromError, getURLFromRedirectError } from 'next/dist/client/components/redirect';
import { isRedirectError } from 'next/dist/client/components/redirect-error';
import { getIsPossibleServerAction } from 'next/dist/server/lib/server-action-request-meta';

/**
 * Whether something was thrown to reach Next, by redirect(), notFound() and their like of next/navigation, or by a build that asks
 * whether a route is static. It is no failure, and nobody but Next answers it.
 */
export const isNextInterrupt = (thrown: unknown): boolean =>
  isRedirectError(thrown) || isHTTPAccessFallbackError(thrown) || isDynamicServerError(thrown);

/** The response that Next will make of an interrupt, beside the cookies that were set by cookies(). */
export function interruptResponse(thrown: unknown, request: Request): Response {
  if (isRedirectError(thrown)) {
    const headers = { location: getURLFromRedirectError(thrown) };
    // What may have come from a form is not sent on to the next address.
    const status = isFromForm(request) ? 303 : getRedirectStatusCodeFromError(thrown);
    return new Response(null, { status, headers });
  }
  return new Response(null, { status: isHTTPAccessFallbackError(thrown) ? getAccessFallbackHTTPStatus(thrown) : 500 });
}

const isFromForm = (request: Request): boolean =>
  getIsPossibleServerAction(request as Parameters<typeof getIsPossibleServerAction>[0]);
