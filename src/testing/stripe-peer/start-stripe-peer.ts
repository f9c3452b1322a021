import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import Stripe from 'stripe';
import { RequestAnswerer } from './answer-request';
import { catalogueEndpoints } from './catalogue';
import { checkoutEndpoints } from './checkout';
import { completeCheckout } from './complete-checkout';
import { creditNoteEndpoints } from './credit-notes';
import { customerEndpoints } from './customers';
import { eventEndpoints } from './events';
import { FaultPlan } from './faults';
import { InProcessHttpClient } from './in-process-client';
import { IdempotencyKeys } from './idempotency-keys';
import { invoiceItemEndpoints } from './invoice-items';
import { invoiceLifeEndpoints } from './invoice-life';
import { invoiceEndpoints } from './invoices';
import { meterEndpoints } from './meters';
import { letTimePass, nextEnd } from './passing-time';
import { showPage } from './pages';
import { giveCard, paymentMethodEndpoints } from './payment-methods';
import { attemptPayment, paymentEndpoints } from './payments';
import { type PaymentOutcome, PeerWorld } from './peer-world';
import { cancelSubscription, subscriptionEndpoints, updateSubscription } from './subscriptions';
import { WebhookSender, type WebhookTarget } from './webhook-sender';

export interface StripePeerOptions {
  /** Where webhooks go. Without it events only wait. */
  webhook?: WebhookTarget;
  /** `whsec_…`, several if they are to sign together. */
  secret?: string | string[];
  /** The clock that the peer's own runs beside; the real one unless told. */
  now?: () => Date;
  /** The clock that webhooks are signed by; the peer's own unless told. */
  signedAt?: () => Date;
  /** Milliseconds of real time that a request with the fault `hang_after` keeps its socket open. 25 unless told. */
  hangFor?: number;
  /** The port on loopback, any free one unless told. */
  port?: number;
}

export type StripePeer = Awaited<ReturnType<typeof startStripePeer>>;

const endpoints = [
  ...customerEndpoints,
  ...catalogueEndpoints,
  ...checkoutEndpoints,
  ...subscriptionEndpoints,
  ...invoiceEndpoints,
  ...invoiceLifeEndpoints,
  ...invoiceItemEndpoints,
  ...paymentEndpoints,
  ...paymentMethodEndpoints,
  ...creditNoteEndpoints,
  ...meterEndpoints,
  ...eventEndpoints,
];

/**
 * Starts a server on loopback that behaves as Stripe does, as far as is known and as far as Tollgate uses it. It keeps
 * everything in memory, refuses what it does not know, and goes wrong where it is told to.
 */
export async function startStripePeer(options: StripePeerOptions = {}) {
  const world = new PeerWorld(options.now ?? (() => new Date()));
  const faults = new FaultPlan();
  const answerer = new RequestAnswerer({ world, endpoints, keys: new IdempotencyKeys(), faults });
  const webhooks = new WebhookSender(world, options.webhook, [options.secret ?? 'whsec_peer'].flat(), options.signedAt);

  const server = createServer((request, response) => {
    void answer({ answerer, world, hangFor: options.hangFor ?? 25 }, request, response);
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const host = '127.0.0.1';
  world.origin = `http://${host}:${port}`;

  function connect(config: Stripe.StripeConfig): Stripe {
    const quiet = { maxNetworkRetries: 0, telemetry: false };
    const client = new Stripe('sk_test_peer', { host, port, protocol: 'http', ...quiet, ...config });
    // Half a second otherwise, before the one repetition that cannot be turned off.
    client.getInitialNetworkRetryDelay = () => 0;
    return client;
  }

  return {
    world,
    faults,
    webhooks,
    host,
    port,

    /** A client of the real SDK that talks to this peer and repeats nothing on its own, but a broken connection once. */
    connect(config: Stripe.StripeConfig = {}): Stripe {
      return connect(config);
    },

    /** The same without sockets: for runs of many requests. What hangs there times out at once. */
    connectInProcess(config: Stripe.StripeConfig = {}): Stripe {
      return connect({ httpClient: new InProcessHttpClient(answerer), ...config });
    },

    /** Does by the clock's present time what Stripe would have done by itself, and what was still running. */
    tick(): void {
      answerer.finishLate();
      letTimePass(world);
    },

    /** Moves the peer's clock ahead of the one that it was given, and lets what is due happen. */
    advance(milliseconds: number): void {
      world.moveClock(milliseconds);
      this.tick();
    },

    /** Moves the clock to the end of a subscription's period, so that the draft of the next one is made. */
    advanceToNextCycle(subscription: string): void {
      const end = nextEnd(world.subscriptions.get(subscription));
      this.advance(Math.max(0, end * 1000 - world.now().getTime()));
    },

    /** Says what comes of charging a customer from now on. */
    setPaymentOutcome(customer: string, outcome: PaymentOutcome): void {
      world.paymentOutcomes.set(customer, outcome);
    },

    /** Charges a customer for an open invoice now, or lets them pay it on its page. */
    attemptPayment(invoice: string): PaymentOutcome {
      return attemptPayment(world, world.invoices.get(invoice));
    },

    /** A person pays on the page of a checkout session. */
    completeCheckout(session: string): Stripe.Subscription {
      return completeCheckout(world, session);
    },

    /** A person gives another card in the portal, by which everything is paid from then on. */
    giveCard(customer: string, card: { brand?: string; last4?: string }): void {
      world.customers.get(customer).invoice_settings.default_payment_method = giveCard(world, customer, card);
      for (const one of world.subscriptions.all()) if (one.customer === customer) one.default_payment_method = null;
      world.emit('customer.updated', world.customers.get(customer));
    },

    /** A person takes another price in the portal. */
    changePrice(subscription: string, price: string): Stripe.Subscription {
      const id = world.subscriptions.get(subscription).items.data[0]?.id;
      return updateSubscription(world, { items: [{ id, price }], proration_behavior: 'none' }, subscription);
    },

    /** A person cancels in the portal, at the end of the period or at once. */
    cancelInPortal(subscription: string, when: 'at_period_end' | 'now'): Stripe.Subscription {
      if (when === 'now') return cancelSubscription(world, subscription);
      return updateSubscription(world, { cancel_at_period_end: true }, subscription);
    },

    async close(): Promise<void> {
      webhooks.hold();
      await webhooks.settled();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Parts {
  answerer: RequestAnswerer;
  world: PeerWorld;
  hangFor: number;
}

async function answer(parts: Parts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await text(request).catch(() => null);
  if (body === null) return;
  const { pathname: path, search } = new URL(request.url ?? '/', parts.world.origin);
  const { method = 'GET', headers } = request;
  const page = showPage(parts.world, method, path);
  if (page !== null) {
    if ('location' in page) response.writeHead(303, { location: page.location }).end();
    else response.writeHead(page.status, { 'content-type': 'text/html; charset=utf-8' }).end(page.html);
    return;
  }
  const form = [search.slice(1), body].filter((part) => part !== '').join('&');
  const outcome = parts.answerer.answer({ method, path, form, headers });
  if (outcome.shows === 'hang') {
    setTimeout(() => request.socket.resetAndDestroy(), parts.hangFor).unref();
  } else if (outcome.shows === 'reset') {
    request.socket.resetAndDestroy();
  } else {
    const { status, headers: own, body: answered } = outcome.answer;
    response.writeHead(status, { 'content-type': 'application/json', ...own }).end(answered);
  }
}
