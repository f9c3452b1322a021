/** What can go wrong with a request: is it executed, what is kept under its key, and what does the caller see? */
export const FAULTS = {
  /** 503 before anything was done: nothing is kept. */
  error_before: { executes: false, keeps: 'nothing', shows: 'error', status: 503 },
  /** 500 in the middle: nothing was made, and the 500 is what the key answers from now on. */
  error_saved: { executes: false, keeps: 'error', shows: 'error', status: 500 },
  /** 500 although it was made, and the 500 is what the key answers from now on. */
  error_after: { executes: true, keeps: 'error', shows: 'error', status: 500 },
  /** Made, and a gateway on the way answers with a page of its own; the key has the true answer. */
  gateway_after: { executes: true, keeps: 'answer', shows: 'page', status: 502 },
  /** Made, but the answer does not come: the socket stays open for a while and is closed. */
  hang_after: { executes: true, keeps: 'answer', shows: 'hang', status: 0 },
  reset_before: { executes: false, keeps: 'nothing', shows: 'reset', status: 0 },
  reset_after: { executes: true, keeps: 'answer', shows: 'reset', status: 0 },
  /** The connection breaks while the request still runs: it is made after the next request was answered. */
  late_effect: { executes: 'later', keeps: 'answer', shows: 'reset', status: 0 },
  /** 429 with `Retry-After`; nothing is done or kept. */
  rate_limited: { executes: false, keeps: 'nothing', shows: 'rate_limit', status: 429 },
  /** 409 as if a request with the key were running. */
  key_in_use: { executes: false, keeps: 'nothing', shows: 'key_in_use', status: 409 },
  /** A JSON answer without `error` or `object`, which the SDK takes for success. */
  bare_json_before: { executes: false, keeps: 'nothing', shows: 'bare_json', status: 500 },
  bare_json_after: { executes: true, keeps: 'answer', shows: 'bare_json', status: 500 },
} as const;

export type FaultKind = keyof typeof FAULTS;
export const FAULT_KINDS = Object.keys(FAULTS) as FaultKind[];

/** What a fault may be decided by. */
export interface SeenRequest {
  /** Counted from 0 over all requests of the peer. */
  index: number;
  method: string;
  path: string;
  idempotencyKey: string | null;
}

/** Decides which requests go wrong: those that a test named, and else by `decide`. */
export class FaultPlan {
  /** Asked for each request that `next` says nothing of. */
  decide: (request: SeenRequest) => FaultKind | null = () => null;
  readonly #queue: { kind: FaultKind; matches: (request: SeenRequest) => boolean }[] = [];

  /** The next request that matches goes wrong in this way, once; `'POST /v1/invoices'` matches that very call. */
  next(kind: FaultKind, matches: string | ((request: SeenRequest) => boolean) = () => true): void {
    const asFunction =
      typeof matches === 'string' ? (one: SeenRequest) => `${one.method} ${one.path}` === matches : matches;
    this.#queue.push({ kind, matches: asFunction });
  }

  /** Nothing goes wrong any more. */
  clear(): void {
    this.#queue.length = 0;
    this.decide = () => null;
  }

  pick(request: SeenRequest): FaultKind | null {
    const at = this.#queue.findIndex((one) => one.matches(request));
    if (at >= 0) return this.#queue.splice(at, 1)[0]!.kind;
    return this.decide(request);
  }
}

/** A schedule that a seed repeats: each request goes wrong with a chance of `rate` (0 to 1), in one of `kinds`. */
export function seededFaults(seed: number, rate: number, kinds: FaultKind[] = FAULT_KINDS) {
  const random = seededRandom(seed);
  return (): FaultKind | null => {
    const isFault = random() < rate;
    const kind = kinds[Math.floor(random() * kinds.length)];
    return isFault && kind !== undefined ? kind : null;
  };
}

/** Numbers in [0, 1) that a seed repeats (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
