/** Every failure a caller can meet. The HTTP status of each stands in one table: http/problem.ts. */
export type ErrorCode =
  | 'invalid_request'
  | 'invalid_json'
  | 'invalid_encoding'
  | 'unsupported_media_type'
  | 'payload_too_large'
  | 'unauthenticated'
  | 'invalid_api_key'
  | 'revoked_api_key'
  | 'expired_api_key'
  | 'ip_not_allowed'
  | 'missing_scope'
  | 'forbidden'
  | 'not_found'
  | 'method_not_allowed'
  | 'conflict'
  | 'last_owner'
  | 'too_many_requests'
  | 'rate_limited'
  | 'quota_exceeded'
  | 'spend_cap_reached'
  | 'payment_required'
  | 'feature_not_in_plan'
  | 'plan_too_low'
  | 'file_too_large'
  | 'quota_unavailable'
  | 'reservation_closed'
  | 'idempotency_conflict'
  | 'client_closed_request'
  | 'usage_not_recorded'
  | 'unavailable'
  | 'internal';

/** One thing wrong with one part of the input: where it is, what was expected, what came. */
export interface FieldIssue {
  /** Dotted path of the field, e.g. `events.3.quantities.ai_tokens`. */
  field: string;
  message: string;
}

interface AppErrorOptions {
  cause?: unknown;
  /** Whether the same call may succeed later without being changed. */
  retryable?: boolean;
  issues?: FieldIssue[];
  /** Seconds after which a retry makes sense. */
  retryAfterSeconds?: number;
  /** What a program may want to know beside the code, e.g. which limit was reached; it stands in the problem document. */
  details?: Readonly<Record<string, unknown>>;
  /** Headers that an answer over HTTP carries, in lower case. */
  headers?: Readonly<Record<string, string>>;
}

const NOTHING = Object.freeze({});

/** Known to every copy of this module: Next evaluates it more than once in one process, and instanceof must hold across. */
const BRAND = Symbol.for('tollgate.AppError');

/** The one error class. `message` is for the caller; what only we may know belongs in `cause`. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly issues: FieldIssue[];
  readonly retryAfterSeconds: number | undefined;
  readonly details: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && BRAND in value;
  }

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, { cause: options.cause });
    Object.defineProperty(this, BRAND, { value: true });
    this.name = 'AppError';
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.issues = options.issues ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.details = options.details ?? NOTHING;
    this.headers = options.headers ?? NOTHING;
  }
}
