import { createHmac } from 'node:crypto';
import type Stripe from 'stripe';
import { type PeerWorld } from './peer-world';

/** Where deliveries go: an address, or a function that answers with the status. */
export type WebhookTarget = string | ((body: string, headers: Record<string, string>) => Promise<number>);

export interface Delivery {
  event: Stripe.Event;
  /** The receiver's status; 0 where it could not be reached. */
  status: number;
}

/**
 * Delivers events as Stripe does: signed, one after the other, until they were taken with a 2xx. Events wait while the
 * sender is held, and `deliver` says in which order, how often and whether at all they are sent.
 */
export class WebhookSender {
  readonly #pending = new Map<string, Stripe.Event>();
  #isHeld: boolean;
  #running: Promise<unknown> = Promise.resolve();

  /**
   * @param secrets `whsec_…`; with several, as after a rolled one, each signs
   * @param signedAt the clock that signatures are made by
   */
  constructor(
    world: PeerWorld,
    private readonly target: WebhookTarget | undefined,
    private readonly secrets: string[],
    private readonly signedAt: () => Date = () => world.now(),
  ) {
    this.#isHeld = target === undefined;
    world.onEvent = (event) => {
      this.#pending.set(event.id, event);
      if (!this.#isHeld) void this.deliver((pending) => pending.filter((one) => one.id === event.id));
    };
  }

  /** From now on events wait for `deliver` or `release`. */
  hold(): void {
    this.#isHeld = true;
  }

  /** Delivers what has waited, and from now on each event as it comes. */
  release(): Promise<Delivery[]> {
    this.#isHeld = false;
    return this.deliver();
  }

  /** What was not taken yet, oldest first. */
  pending(): Stripe.Event[] {
    return [...this.#pending.values()];
  }

  /** Resolves when everything that was begun has been delivered or refused. */
  async settled(): Promise<void> {
    await this.#running;
  }

  /**
   * Sends events once each. `plan` makes the list: turned round it comes out of order, with an event twice it comes
   * twice, without one that one waits on; any event may be named, also one that was taken before.
   */
  deliver(plan: (pending: Stripe.Event[]) => Stripe.Event[] = (pending) => pending): Promise<Delivery[]> {
    const delivered = this.#running.then(async () => {
      const deliveries: Delivery[] = [];
      for (const event of plan(this.pending())) deliveries.push({ event, status: await this.send(event) });
      return deliveries;
    });
    this.#running = delivered.catch(() => undefined);
    return delivered;
  }

  /** Sends one event now, beside whatever else is on its way. @returns the receiver's status; 0 where it could not be reached. */
  async send(event: Stripe.Event): Promise<number> {
    if (this.target === undefined) throw new Error('This peer was started without a webhook target');
    const { body, headers } = this.sign(event);
    const status =
      typeof this.target === 'function'
        ? await this.target(body, headers).catch(() => 0)
        : await fetch(this.target, { method: 'POST', body, headers }).then(
            (response) => response.status,
            () => 0,
          );
    if (status >= 200 && status < 300) this.#pending.delete(event.id);
    return status;
  }

  /** An event as it goes over the wire, signed. */
  sign(event: Stripe.Event): { body: string; headers: Record<string, string> } {
    const body = JSON.stringify(event, null, 2);
    return { body, headers: this.headersOf(body) };
  }

  /** The headers with which any body is signed. @param at in seconds; the time of signatures unless told. */
  headersOf(
    body: string | Uint8Array,
    at: number = Math.floor(this.signedAt().getTime() / 1000),
  ): Record<string, string> {
    const signatures = this.secrets.map((secret) =>
      createHmac('sha256', secret).update(`${at}.`).update(body).digest('hex'),
    );
    const signature = [`t=${at}`, ...signatures.map((one) => `v1=${one}`)].join(',');
    return { 'content-type': 'application/json; charset=utf-8', 'stripe-signature': signature };
  }
}
