/**
 * `Idempotency-Key` on requests that create: the first one runs, and whoever sends it again within 24 hours gets the same
 * answer instead of a second creation. A copy that arrives while the first is under way waits for it.
 *
 * Two answers are refusals on purpose. A secret is shown once and never stored, so the repetition of a request that made
 * one gets 409 with the id of what was made. And a request that was cut off (its process was killed) stays taken: whether
 * it created anything is not known, and guessing could create it twice.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '@/kernel/errors';
import { sha256Hex } from '@/kernel/sha256-hex';
import { type Handler } from './handler';
import { type IdempotencyScope, type KeptAnswer } from './idempotency-store';
import { type Principal } from './principal';
import { readText } from './read-json';
import { pathnameOf } from './route-template';

const KEY = /^[\x21-\x7e]{1,255}$/;
const WAIT_MS = { step: 50, longest: 5_000 };
const BODY_LIMIT_BYTES = 64 * 1024;

interface IdempotencyOptions {
  /** Whether the answer shows a secret, which must not be stored. */
  secret?: boolean;
}

/** Wraps the handler of a POST that creates; without the header it changes nothing. */
export function withIdempotency<P extends Principal>(
  handler: Handler<P>,
  { secret = false }: IdempotencyOptions = {},
): Handler<P> {
  return async (request, context) => {
    const key = request.headers.get('idempotency-key');
    if (key === null) return handler(request, context);
    if (!KEY.test(key)) {
      const issue = { field: 'Idempotency-Key', message: 'expected 1 to 255 visible ASCII characters' };
      throw new AppError('invalid_request', `${issue.field}: ${issue.message}`, { issues: [issue] });
    }
    const { principal, services } = context;
    const { idempotency, log } = services;
    const { organizationId } = principal;
    const caller = principal.kind === 'user' ? `user:${principal.userId}` : `api_key:${principal.apiKeyId}`;
    const scope: IdempotencyScope = { organizationId, caller, key };

    const body = await readText(request, BODY_LIMIT_BYTES);
    const fingerprint = sha256Hex(`${request.method} ${pathnameOf(request.url)}\n${body}`);
    for (let waitedMs = 0; ; waitedMs += WAIT_MS.step) {
      const claim = await idempotency.claim(scope, fingerprint);
      if (claim.kind === 'first') break;
      if (claim.kind === 'answered') return repeat(claim.answer);
      if (claim.kind === 'other_request') {
        throw new AppError('idempotency_conflict', 'This Idempotency-Key was used for a request with other content.');
      }
      if (waitedMs >= WAIT_MS.longest) throw stillUnderWay();
      await delay(WAIT_MS.step);
    }

    const first = new Request(request.url, { method: request.method, headers: request.headers, body: body || null });
    let response: Response;
    try {
      response = await handler(first, context);
    } catch (error) {
      await idempotency.release(scope).catch((err: unknown) => log.error({ err }, 'an idempotency key stays taken'));
      throw error;
    }
    if (!response.ok) {
      await idempotency.release(scope);
      return response;
    }
    const text = await response.text();
    const createdId = idOf(text);
    await idempotency.complete(scope, { status: response.status, body: secret ? null : text, createdId });
    return new Response(text, response);
  };
}

function repeat({ status, body, createdId }: KeptAnswer): Response {
  if (body === null) {
    throw new AppError(
      'conflict',
      `An earlier request with this Idempotency-Key created ${createdId ?? 'it'}; its secret was shown once. Rotate or replace it if the secret was lost.`,
    );
  }
  const headers = { 'content-type': 'application/json', 'idempotency-replayed': 'true' };
  return new Response(body, { status, headers });
}

const stillUnderWay = () =>
  new AppError(
    'idempotency_conflict',
    'A request with this Idempotency-Key is under way or was cut off. Look whether it took effect before you send it with another key.',
    { retryable: true, retryAfterSeconds: 5 },
  );

function idOf(text: string): string | null {
  try {
    const { id } = JSON.parse(text) as { id?: unknown };
    return typeof id === 'string' ? id : null;
  } catch {
    return null;
  }
}
