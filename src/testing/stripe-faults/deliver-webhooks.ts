import type Stripe from 'stripe';
import { USED_EVENTS } from '@/billing/stripe/webhooks/event-handlers';
import { type StripePeer } from '../stripe-peer/start-stripe-peer';

export interface Deliveries {
  /** Events that were sent, each counted as often as it was. */
  sent: number;
  /** Those of them that had been sent before. */
  again: number;
  /** Those that were sent after a younger one. */
  late: number;
  /** Those that were not taken. */
  refused: number;
}

const AT_ONCE = 3;

/** Sends events in an order of its own: some now and some later, some several times, some of those that were taken already. */
export class Postman {
  readonly deliveries: Deliveries = { sent: 0, again: 0, late: 0, refused: 0 };
  readonly #seen = new Set<string>();
  #youngest = '';

  /** @param upTo a whole number in [0, limit) */
  constructor(
    private readonly peer: StripePeer,
    private readonly upTo: (limit: number) => number,
  ) {}

  /** What the endpoint is to be told and has not taken. */
  waiting(): Stripe.Event[] {
    return this.peer.webhooks.pending().filter(({ type }) => Object.hasOwn(USED_EVENTS, type));
  }

  async deliver({ everything }: { everything: boolean }): Promise<void> {
    const chosen = this.waiting().filter(() => everything || this.upTo(3) > 0);
    const before = this.peer.world.events.all().filter(({ id }) => this.#seen.has(id));
    if (before.length > 0 && this.upTo(4) === 0) chosen.push(before[this.upTo(before.length)]!);
    const copies = chosen.flatMap((event) => Array.from({ length: Math.max(1, this.upTo(5) - 1) }, () => event));
    const ordered = this.upTo(3) === 0 ? copies : this.#shuffled(copies);
    const left = ordered.values();
    const carrier = async () => {
      for (const event of left) await this.#send(event);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, carrier));
  }

  async #send(event: Stripe.Event): Promise<void> {
    this.deliveries.sent += 1;
    if (this.#seen.has(event.id)) this.deliveries.again += 1;
    else if (event.id < this.#youngest) this.deliveries.late += 1;
    this.#seen.add(event.id);
    if (event.id > this.#youngest) this.#youngest = event.id;
    const status = await this.peer.webhooks.send(event);
    if (status < 200 || status > 299) this.deliveries.refused += 1;
  }

  #shuffled<T>(list: readonly T[]): T[] {
    const left = [...list];
    return Array.from({ length: left.length }, () => left.splice(this.upTo(left.length), 1)[0]!);
  }
}
