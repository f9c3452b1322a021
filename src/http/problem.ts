import { AppError, type ErrorCode } from '@/kernel/errors';

/** The one table from error codes to HTTP. */
const PROBLEMS = {
  invalid_request: { status: 422, title: 'The request is not valid' },
  invalid_encoding: { status: 400, title: 'The text is not UTF-8' },
  invalid_json: { status: 400, title: 'The body is not JSON' },
  unsupported_media_type: { status: 415, title: 'The media type is not supported' },
  payload_too_large: { status: 413, title: 'The body is too large' },
  unauthenticated: { status: 401, title: 'Authentication is required' },
  invalid_api_key: { status: 401, title: 'The API key is not valid' },
  revoked_api_key: { status: 401, title: 'The API key was revoked' },
  expired_api_key: { status: 401, title: 'The API key has expired' },
  ip_not_allowed: { status: 403, title: 'The API key may not be used from this address' },
  missing_scope: { status: 403, title: 'The API key lacks a scope' },
  forbidden: { status: 403, title: 'This is not allowed' },
  not_found: { status: 404, title: 'There is nothing here' },
  method_not_allowed: { status: 405, title: 'The method is not allowed' },
  conflict: { status: 409, title: 'The request conflicts with the present state' },
  last_owner: { status: 409, title: 'An organization keeps at least one owner' },
  too_many_requests: { status: 429, title: 'Too many requests' },
  rate_limited: { status: 429, title: 'The rate limit is reached' },
  quota_exceeded: { status: 429, title: 'The quota of this period is used up' },
  spend_cap_reached: { status: 429, title: 'The spend cap of this period is reached' },
  payment_required: { status: 402, title: 'The plan does not allow this' },
  feature_not_in_plan: { status: 403, title: 'The plan lacks a feature' },
  plan_too_low: { status: 403, title: 'A higher plan is needed' },
  file_too_large: { status: 413, title: 'The file is larger than the plan allows' },
  quota_unavailable: { status: 503, title: 'The quota cannot be checked at the moment' },
  reservation_closed: { status: 409, title: 'The reservation is closed' },
  idempotency_conflict: { status: 409, title: 'The idempotency key was used for another request' },
  client_closed_request: { status: 499, title: 'The caller hung up' },
  usage_not_recorded: { status: 503, title: 'The usage of this call could not be recorded' },
  unavailable: { status: 503, title: 'The service is not available' },
  internal: { status: 500, title: 'Something went wrong on our side' },
} satisfies Record<ErrorCode, { status: number; title: string }>;

export const statusOf = (code: ErrorCode): number => PROBLEMS[code].status;

/** Whether reading a request failed because its sender went: what node:http and Next say then. */
const isHangUp = (error: unknown): boolean =>
  error instanceof Error &&
  (error.name === 'ResponseAborted' ||
    error.name === 'AbortError' ||
    (error.message === 'aborted' && (error as NodeJS.ErrnoException).code === 'ECONNRESET'));

/** Whatever was thrown, as an AppError; what is not one says nothing of the inside. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  return isHangUp(error)
    ? new AppError('client_closed_request', 'The connection ended before the request did.', { cause: error })
    : new AppError('internal', 'An unexpected error happened. Quote the request id when you report it.', {
        cause: error,
      });
}

/** An answer not yet bound to Request/Response or to node:http. */
export interface ProblemDocument {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** An RFC 9457 problem document. `type` is stable and points at the documentation of the code. */
export function problemDocument(error: AppError, requestId: string): ProblemDocument {
  const { status, title } = PROBLEMS[error.code];
  const headers: Record<string, string> = {
    ...error.headers,
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    'x-request-id': requestId,
  };
  if (error.retryAfterSeconds !== undefined) headers['retry-after'] = String(Math.ceil(error.retryAfterSeconds));
  if (status === 401) headers['www-authenticate'] = 'Bearer realm="tollgate"';
  const body = {
    ...error.details,
    type: `/docs#error-${error.code}`,
    title,
    status,
    code: error.code,
    detail: error.message,
    request_id: requestId,
    ...(error.issues.length > 0 && { errors: error.issues }),
  };
  return { status, headers, body: JSON.stringify(body) };
}

export function problemResponse(error: AppError, requestId: string): Response {
  const { status, headers, body } = problemDocument(error, requestId);
  return new Response(body, { status, headers });
}
