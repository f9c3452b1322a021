/**
 * Events from Stripe: each is recorded, then taken by one process at a time, and done once.
 *
 *   received ─▶ processing ─▶ done
 *                 │   ▲
 *                 ▼   │ Stripe delivers it again, or the scheduler finds it
 *               failed
 *
 * A process that dies holds its event for two minutes. Handlers ask Stripe for the object that an event is about and do what its
 * state asks for, so neither the order of events nor their number changes what comes out.
 */
import { type Pool } from 'pg';
import { AppError } from '@/kernel/errors';
import { readEvent } from './read-event';
import {
  type ClaimedEvent,
  claimDueEvent,
  claimEvent,
  failEvent,
  finishEvent,
  insertEvent,
  readEventState,
  removeOldEvents,
  type StripeEvent,
} from './stripe-event-store';

/** Does what the object of an event asks for. @returns what came of it, in a few words. */
export type EventHandler = (event: StripeEvent) => Promise<string>;

export interface StripeEvents {
  /**
   * Takes a delivery whose signature fits. `processing`: another process has it in its hands just now.
   * @throws AppError invalid_json and invalid_request for what is no event, unavailable where it could not be done: it is
   * recorded, and tried again.
   */
  receive(body: string): Promise<{ status: 'done' | 'duplicate' | 'processing' }>;
  /** Tries again what failed or was left, `limit` events at most. */
  retry(limit: number): Promise<{ done: number; failed: number }>;
  /** Removes events of more than 90 days ago; resolves to how many. */
  removeOld(): Promise<number>;
}

interface Options {
  pool: Pool;
  /** The handler of a type of event; undefined: it is recorded, and nothing follows from it. */
  handlerOf: (type: string) => EventHandler | undefined;
  warn: (error: unknown, event: { id: string; type: string }) => void;
}

export function createStripeEvents({ pool, handlerOf, warn }: Options): StripeEvents {
  async function process(event: ClaimedEvent): Promise<boolean> {
    try {
      await finishEvent(pool, event, (await handlerOf(event.type)?.(event)) ?? 'not used');
      return true;
    } catch (error) {
      warn(error, { id: event.id, type: event.type });
      await failEvent(pool, event, error instanceof Error ? error.message : String(error));
      return false;
    }
  }

  return {
    async receive(body) {
      const event = readEvent(body);
      await insertEvent(pool, event);
      const claimed = await claimEvent(pool, event.id);
      if (!claimed) return { status: (await readEventState(pool, event.id)) === 'done' ? 'duplicate' : 'processing' };
      if (await process(claimed)) return { status: 'done' };
      throw new AppError('unavailable', 'The event is recorded, and could not be processed now. Send it again.', {
        retryable: true,
        retryAfterSeconds: 60,
      });
    },

    async retry(limit) {
      const done = { done: 0, failed: 0 };
      while (done.done + done.failed < limit) {
        const claimed = await claimDueEvent(pool);
        if (!claimed) break;
        done[(await process(claimed)) ? 'done' : 'failed'] += 1;
      }
      return done;
    },

    removeOld: () => removeOldEvents(pool),
  };
}
