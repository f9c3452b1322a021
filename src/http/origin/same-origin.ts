import { AppError } from '@/kernel/errors';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

const originOf = (text: string | null): URL | null => (text && URL.canParse(text) ? new URL(text) : null);

/**
 * Whether a request's Origin is this site: the configured address, or the host the request itself was sent to. The scheme is that
 * of the configured address either way: a page that came over http may be anybody's.
 */
function isOwnOrigin(request: Request, appUrl: string): boolean {
  const origin = originOf(request.headers.get('origin'));
  const own = new URL(appUrl);
  if (origin?.protocol !== own.protocol) return false;
  return origin.host === own.host || origin.host === request.headers.get('host');
}

/**
 * Cookies travel with requests that other sites cause, so one that changes something must come from a page of ours.
 * @throws AppError forbidden, also where no Origin is given.
 */
export function requireOwnOrigin(request: Request, appUrl: string): void {
  if (SAFE_METHODS.has(request.method) || isOwnOrigin(request, appUrl)) return;
  throw new AppError(
    'forbidden',
    'This request must come from a page of this site (its Origin header says otherwise).',
  );
}

/** The same for a request that needs no session: a program sends no Origin, a browser always does. */
export function refuseForeignOrigin(request: Request, appUrl: string): void {
  if (request.headers.has('origin')) requireOwnOrigin(request, appUrl);
}
