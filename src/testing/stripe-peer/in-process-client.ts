import Stripe from 'stripe';
import { type RequestAnswerer } from './answer-request';
import { type Answer } from './idempotency-keys';

type MakeRequest = Stripe.HttpClient['makeRequest'];

/** Takes the SDK's requests to the peer without a socket: what breaks, breaks as it does on one, but at once. */
export class InProcessHttpClient extends Stripe.HttpClient {
  constructor(private readonly answerer: RequestAnswerer) {
    super();
  }

  override getClientName(): string {
    return 'stripe-peer';
  }

  override async makeRequest(...args: Parameters<MakeRequest>): Promise<Stripe.HttpClientResponse> {
    const [, , pathAndQuery, method, headers, body] = args;
    const [path = '', query = ''] = pathAndQuery.split('?');
    const outcome = this.answerer.answer({
      method,
      path,
      form: [query, body ?? ''].filter((part) => part !== '').join('&'),
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)])),
    });
    if (outcome.shows === 'hang') throw Stripe.HttpClient.makeTimeoutError();
    if (outcome.shows === 'reset') throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    return new InProcessResponse(outcome.answer);
  }
}

class InProcessResponse extends Stripe.HttpClientResponse {
  constructor(private readonly answer: Answer) {
    super(answer.status, answer.headers);
  }

  override getRawResponse(): unknown {
    return { ...this.answer };
  }

  override async toJSON(): Promise<unknown> {
    return this._parseResponseBody(this.answer.body) as unknown;
  }
}
