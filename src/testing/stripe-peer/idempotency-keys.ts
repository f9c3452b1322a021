import { StripePeerError } from './stripe-error';

/** An answer as it is sent, and as it is sent again. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

interface Entry {
  /** What the first request asked for: method, path and body. */
  request: string;
  since: number;
  /** Null while the request runs. */
  answer: Answer | null;
}

const KEPT_SECONDS = 86_400;

/**
 * Stripe's rules: the first request with a key decides what every other one is answered, failures included, once its
 * execution began. Another request with the key is refused, and so is one that comes while the first one runs. A day
 * later the key is forgotten, and makes something new.
 */
export class IdempotencyKeys {
  readonly #entries = new Map<string, Entry>();

  /**
   * @returns what was answered before, or null: then the caller must `save` or `forget`
   * @throws StripePeerError 400 `idempotency_error`, 409 `idempotency_key_in_use`
   */
  begin(key: string, request: string, now: number): Answer | null {
    if (key.length > 255) {
      const message = `Idempotency-Key must be at most 255 characters, got ${key.length}`;
      throw new StripePeerError(400, { type: 'idempotency_error', message });
    }
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.since <= now - KEPT_SECONDS) {
      this.#entries.set(key, { request, since: now, answer: null });
      return null;
    }
    if (entry.request !== request) {
      const message = `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`;
      throw new StripePeerError(400, { type: 'idempotency_error', message });
    }
    if (entry.answer === null) throw keyInUse(key);
    return { ...entry.answer, headers: { ...entry.answer.headers, 'idempotent-replayed': 'true' } };
  }

  save(key: string, answer: Answer): void {
    const entry = this.#entries.get(key);
    if (entry !== undefined) entry.answer = answer;
  }

  forget(key: string): void {
    this.#entries.delete(key);
  }
}

export function keyInUse(key: string): StripePeerError {
  const message = `There is currently another in-progress request using this Idempotency Key: ${key}`;
  return new StripePeerError(409, { type: 'idempotency_error', code: 'idempotency_key_in_use', message });
}
