import { type Endpoint, findEndpoint } from './endpoint';
import { FAULTS, type FaultKind, type FaultPlan } from './faults';
import { type FormObject, parseForm } from './form-body';
import { type Answer, type IdempotencyKeys, keyInUse } from './idempotency-keys';
import { type PeerWorld } from './peer-world';
import { StripePeerError, invalidRequest } from './stripe-error';

/** A request as it came over the wire. */
export interface WireRequest {
  method: string;
  path: string;
  /** The query and the body together, still encoded. */
  form: string;
  headers: Record<string, string | string[] | undefined>;
}

/** What the caller gets to see: an answer, a connection that breaks, or one on which nothing comes. */
export type Outcome = { shows: 'answer'; answer: Answer } | { shows: 'reset' } | { shows: 'hang' };

interface Parts {
  world: PeerWorld;
  endpoints: Endpoint[];
  keys: IdempotencyKeys;
  faults: FaultPlan;
}

type Execute = () => Answer;

/** Answers requests by Stripe's rules of idempotency, with what the plan of faults says laid over them. */
export class RequestAnswerer {
  #index = 0;
  /** Requests whose connection broke while they ran. */
  readonly #late: (() => void)[] = [];

  constructor(private readonly parts: Parts) {}

  answer(request: WireRequest): Outcome {
    const before = this.#late.splice(0);
    const outcome = this.#decide(request);
    for (const finish of before) finish();
    return outcome;
  }

  /** Brings what is still running to its end. */
  finishLate(): void {
    for (const finish of this.#late.splice(0)) finish();
  }

  #decide(request: WireRequest): Outcome {
    const idempotencyKey = request.method === 'POST' ? headerOf(request, 'idempotency-key') : null;
    const { method, path } = request;
    const fault = this.parts.faults.pick({ index: this.#index++, method, path, idempotencyKey });
    const requestId = this.parts.world.newId('req');
    try {
      const prepared = this.#prepare(request);
      const execute = () => this.#execute(prepared);
      const outcome = this.#run(execute, fault, idempotencyKey, `${method} ${path}?${request.form}`);
      if (outcome.shows === 'answer') outcome.answer.headers['request-id'] ??= requestId;
      return outcome;
    } catch (error) {
      const answer = refusal(error);
      answer.headers['request-id'] = requestId;
      return { shows: 'answer', answer };
    }
  }

  /** Whatever is wrong with a request is found here, before anything is executed or kept. */
  #prepare(request: WireRequest): () => object {
    const authorization = headerOf(request, 'authorization') ?? '';
    if (!/^Bearer (sk|rk)_/.test(authorization)) {
      throw new StripePeerError(401, { type: 'invalid_request_error', message: 'Invalid API Key provided' });
    }
    const found = findEndpoint(this.parts.endpoints, request.method, request.path);
    if (found === undefined) {
      const message = `Unrecognized request URL (${request.method}: ${request.path}).`;
      throw new StripePeerError(404, { type: 'invalid_request_error', message });
    }
    const form: FormObject = parseForm(request.form);
    const run = found.endpoint.prepare(form);
    return () => run(this.parts.world, found.id);
  }

  #execute(run: () => object): Answer {
    try {
      return { status: 200, headers: {}, body: JSON.stringify(run()) };
    } catch (error) {
      return refusal(error);
    }
  }

  #run(execute: Execute, fault: FaultKind | null, key: string | null, request: string): Outcome {
    const rule = fault === null ? null : FAULTS[fault];
    const { keys, world } = this.parts;
    if (rule !== null && rule.keeps === 'nothing') return faultOutcome(rule.shows, rule.status, key);
    const saved = key === null ? null : keys.begin(key, request, world.seconds());
    if (saved !== null) return rule === null ? shown(saved) : faultOutcome(rule.shows, rule.status, key, saved);
    if (rule?.executes === 'later') {
      this.#late.push(() => {
        const answer = execute();
        if (key !== null) keys.save(key, answer);
      });
      return { shows: 'reset' };
    }
    const answer = rule?.executes === false ? serverError(rule.status) : execute();
    const kept = rule?.keeps === 'error' ? serverError(rule.status) : answer;
    if (key !== null) keys.save(key, kept);
    return rule === null ? shown(answer) : faultOutcome(rule.shows, rule.status, key);
  }
}

function shown(answer: Answer): Outcome {
  return { shows: 'answer', answer: { ...answer, headers: { ...answer.headers } } };
}

type Shows = (typeof FAULTS)[FaultKind]['shows'];

/** @param saved what the key answers already: a fault of the server itself does not come over it again */
function faultOutcome(shows: Shows, status: number, key: string | null, saved?: Answer): Outcome {
  switch (shows) {
    case 'error':
      return shown(saved ?? serverError(status));
    case 'page':
      return shown({ status, headers: { 'content-type': 'text/html' }, body: '<html>502 Bad Gateway</html>' });
    case 'bare_json':
      return shown({ status, headers: {}, body: '{"message":"upstream connect error"}' });
    case 'rate_limit': {
      const error = { type: 'invalid_request_error', code: 'rate_limit', message: 'Too many requests' } as const;
      return shown(refusal(new StripePeerError(429, error, { 'retry-after': '1' })));
    }
    case 'key_in_use':
      return shown(refusal(keyInUse(key ?? '')));
    case 'hang':
      return { shows: 'hang' };
    case 'reset':
      return { shows: 'reset' };
  }
}

function serverError(status: number): Answer {
  const message = 'An unknown error occurred';
  return refusal(new StripePeerError(status, { type: 'api_error', message }));
}

function refusal(error: unknown): Answer {
  if (!(error instanceof StripePeerError)) throw error;
  return { status: error.status, headers: { ...error.headers }, body: JSON.stringify({ error: error.error }) };
}

function headerOf(request: WireRequest, name: string): string | null {
  const value = request.headers[name];
  if (Array.isArray(value)) throw invalidRequest(`The header ${name} came twice`);
  return value ?? null;
}
