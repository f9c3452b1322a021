/** What Stripe puts under `error` of a refusal. */
export interface StripeErrorBody {
  type: 'invalid_request_error' | 'idempotency_error' | 'card_error' | 'api_error' | 'rate_limit_error';
  code?: string;
  message: string;
  param?: string;
}

/** A refusal in Stripe's form: an HTTP status, the body's `error` and headers of its own. */
export class StripePeerError extends Error {
  constructor(
    readonly status: number,
    readonly error: StripeErrorBody,
    readonly headers: Record<string, string> = {},
  ) {
    super(error.message);
    this.name = 'StripePeerError';
  }
}

/** 404: there is no such object. `param` is the parameter that named it. */
export function resourceMissing(what: string, id: string, param = 'id'): StripePeerError {
  const message = `No such ${what}: '${id}'`;
  return new StripePeerError(404, { type: 'invalid_request_error', code: 'resource_missing', message, param });
}

/** 400: what was asked does not fit the parameter, or the state that the object is in. */
export function invalidRequest(message: string, code?: string, param?: string): StripePeerError {
  return new StripePeerError(400, {
    type: 'invalid_request_error',
    message,
    ...(code === undefined ? {} : { code }),
    ...(param === undefined ? {} : { param }),
  });
}
