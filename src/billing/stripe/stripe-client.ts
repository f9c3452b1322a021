/**
 * The one way to Stripe. The SDK repeats nothing on its own here but a connection that broke, once, with the same key: what is
 * repeated, and when, is decided by who knows what the call was for. Every answer is looked at, since the SDK takes any JSON
 * without `error` for success, whatever its status.
 */
import { setTimeout as sleepFor } from 'node:timers/promises';
import Stripe from 'stripe';
import { type CallCeiling, createCallCeiling } from './call-ceiling';
import { strangeAnswer, stripeFailureOf, StripeFailure } from './stripe-failure';

/** Stripe takes 25 a second of one kind in its sandbox, and 100 in all where it is live. */
const CALLS_PER_SECOND = 20;
/** The longest that one call may take, in ms. */
export const CALL_TIMEOUT_MS = 20_000;
const MOST_PAGES = 1_000;

export interface StripeClient {
  /** Whether the key moves real money. */
  readonly livemode: boolean;
  /**
   * One call.
   * @param expected the `object` of the answer, e.g. invoice.
   * @throws StripeFailure
   */
  call<T extends StripeObject>(expected: T['object'], request: (sdk: Stripe) => Promise<T>): Promise<T>;
  /**
   * A whole list, page by page.
   * @param request asks for one page; `paging` has limit 100 and where it begins.
   * @throws StripeFailure
   */
  list<T extends StripeObject>(
    expected: T['object'],
    request: (sdk: Stripe, paging: { limit: number; starting_after?: string }) => Promise<Stripe.ApiList<T>>,
  ): Promise<T[]>;
}

interface StripeObject {
  id: string;
  object: string;
}

/** @param apiBase a server that stands in for Stripe. */
export function createStripeClient({ secretKey, apiBase }: { secretKey: string; apiBase?: string }): StripeClient {
  const sdk = new Stripe(secretKey, {
    ...(apiBase !== undefined && addressOf(new URL(apiBase))),
    maxNetworkRetries: 0,
    timeout: CALL_TIMEOUT_MS,
    telemetry: false,
    appInfo: { name: 'Tollgate' },
  });
  const ceiling = createCallCeiling({
    perSecond: CALLS_PER_SECOND,
    monotonicMs: () => performance.now(),
    sleep: (ms) => sleepFor(ms),
  });
  return stripeClientOn({ sdk, ceiling, livemode: /^[sr]k_live_/.test(secretKey) });
}

function addressOf({ protocol, hostname, port }: URL): Stripe.StripeConfig {
  const scheme = protocol === 'http:' ? 'http' : 'https';
  return { protocol: scheme, host: hostname, port: port === '' ? (scheme === 'http' ? 80 : 443) : Number(port) };
}

/** The same over an SDK that is there. */
export function stripeClientOn(parts: { sdk: Stripe; ceiling: CallCeiling; livemode: boolean }): StripeClient {
  const { sdk, ceiling, livemode } = parts;

  async function ask<T>(request: (sdk: Stripe) => Promise<T>): Promise<T> {
    await ceiling.pass();
    try {
      return await request(sdk);
    } catch (error) {
      const failure = stripeFailureOf(error);
      if (failure instanceof StripeFailure && failure.retryAfterMs !== null) ceiling.pause(failure.retryAfterMs);
      throw failure;
    }
  }

  return {
    livemode,

    async call(expected, request) {
      const answer = await ask(request);
      if (!isObject(answer, expected)) throw strangeAnswer(expected, answer);
      return answer;
    },

    async list<T extends StripeObject>(
      expected: T['object'],
      request: (sdk: Stripe, paging: { limit: number; starting_after?: string }) => Promise<Stripe.ApiList<T>>,
    ) {
      const found: T[] = [];
      for (let page = 0; page < MOST_PAGES; page++) {
        const last = found.at(-1);
        const paging = { limit: 100, ...(last && { starting_after: last.id }) };
        const answer: unknown = await ask((stripe) => request(stripe, paging));
        if (!isList<T>(answer, expected)) throw strangeAnswer('list', answer);
        found.push(...answer.data);
        if (!answer.has_more || answer.data.length === 0) return found;
      }
      throw new StripeFailure(`a list of ${expected} has more than ${MOST_PAGES} pages`, { kind: 'refused' });
    },
  };
}

function isObject(answer: unknown, expected: string): boolean {
  const { id, object } = (answer ?? {}) as Partial<StripeObject>;
  return object === expected && typeof id === 'string' && id !== '';
}

function isList<T extends StripeObject>(answer: unknown, expected: string): answer is Stripe.ApiList<T> {
  const { object, data, has_more } = (answer ?? {}) as Partial<Stripe.ApiList<T>>;
  return (
    object === 'list' &&
    typeof has_more === 'boolean' &&
    Array.isArray(data) &&
    data.every((one) => isObject(one, expected))
  );
}
