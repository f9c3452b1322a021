import Stripe from 'stripe';

/**
 * What a call that failed means for the effect that it was to have:
 *
 *   unknown    nobody knows whether it happened: the same call again, under the same key
 *   wait       it did not happen: the same call again, under the same key, later
 *   kept       Stripe keeps an error of its own under the key and will say nothing else: look what there is, then another key
 *   exists     what was to be made is there already
 *   refused    it will not happen as it was asked
 */
export type StripeFailureKind = 'unknown' | 'wait' | 'kept' | 'exists' | 'refused';

interface Details {
  kind: StripeFailureKind;
  /** In Stripe's words, e.g. invoice_not_editable. */
  code: string | null;
  /** The parameter that Stripe names. */
  param: string | null;
  status: number | null;
  requestId: string | null;
  /** For how long Stripe wants to hear nothing, in ms. */
  retryAfterMs: number | null;
}

/** A call to Stripe that did not do what it was to do. */
export class StripeFailure extends Error {
  readonly kind: StripeFailureKind;
  readonly code: string | null;
  readonly param: string | null;
  readonly status: number | null;
  readonly requestId: string | null;
  readonly retryAfterMs: number | null;

  constructor(message: string, details: Partial<Details> & Pick<Details, 'kind'>, cause?: unknown) {
    super(message, { cause });
    this.name = 'StripeFailure';
    this.kind = details.kind;
    this.code = details.code ?? null;
    this.param = details.param ?? null;
    this.status = details.status ?? null;
    this.requestId = details.requestId ?? null;
    this.retryAfterMs = details.retryAfterMs ?? null;
  }
}

/** What Stripe was asked for and did not answer with: a page of a proxy, or the body of somebody else. */
export const strangeAnswer = (expected: string, answer: unknown): StripeFailure =>
  new StripeFailure(`expected an answer with object ${expected} and an id, received ${textOf(answer)}`, {
    kind: 'unknown',
  });

const textOf = (answer: unknown): string => (JSON.stringify(answer) ?? String(answer)).slice(0, 200);

/** @returns the failure that an error of the SDK is; what is no error of the SDK comes back as it is. */
export function stripeFailureOf(error: unknown): unknown {
  if (!(error instanceof Stripe.errors.StripeError)) return error;
  const headers = error.headers ?? {};
  return new StripeFailure(
    messageOf(error),
    {
      kind: kindOf(error, headers),
      code: error.code ?? null,
      param: error.param ?? null,
      status: error.statusCode ?? null,
      requestId: error.requestId ?? null,
      retryAfterMs: retryAfterMs(headers['retry-after']),
    },
    error,
  );
}

function messageOf(error: Stripe.errors.StripeError): string {
  const named = [error.statusCode, error.code].filter((part) => part !== undefined).join(' ');
  return `Stripe${named === '' ? '' : ` (${named})`}: ${error.message || error.type}`;
}

/** A conflict that is over in a moment: another call with the key, or on the object. */
const BUSY = new Set(['idempotency_key_in_use', 'lock_timeout']);
const EXISTS = new Set(['resource_already_exists', 'duplicate_meter_event']);

function kindOf(error: Stripe.errors.StripeError, headers: Record<string, string>): StripeFailureKind {
  const { statusCode: status, code = '' } = error;
  if (status === undefined) return 'unknown';
  if (status === 429 || BUSY.has(code)) return 'wait';
  if (status >= 500) return isReplayed(error, headers) ? 'kept' : 'unknown';
  // A key that was revoked, or may not do this, is mended by an operator; the effects are still wanted.
  if (status === 401 || status === 403) return 'wait';
  // The key was used for something else before: by a version of ours that said it otherwise.
  if (error.rawType === 'idempotency_error' || error.type === 'StripeIdempotencyError') return 'kept';
  if (status === 409) return 'unknown';
  return EXISTS.has(code) ? 'exists' : 'refused';
}

/** Whether this is what the key answered before: said by a header, or by the name of the request that was answered so. */
function isReplayed({ requestId }: Stripe.errors.StripeError, headers: Record<string, string>): boolean {
  const original = headers['original-request'];
  return headers['idempotent-replayed'] === 'true' || (original !== undefined && original !== requestId);
}

function retryAfterMs(header: string | undefined): number | null {
  const seconds = Number(header);
  return header === undefined || !Number.isFinite(seconds) || seconds < 0 ? null : Math.min(seconds, 3600) * 1000;
}
