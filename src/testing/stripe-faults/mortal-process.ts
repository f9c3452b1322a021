import { type Pool, type PoolClient } from 'pg';
import { type StripeLink, createStripeLink } from '@/billing';
import { type StripeClient, stripeClientOn } from '@/billing/stripe/stripe-client';
import { type StripePeer } from '../stripe-peer/start-stripe-peer';

/** What everything throws in a process that was killed: whatever catches it can do nothing more either. */
export class Killed extends Error {}

/**
 * A process that is killed after so many things were asked of the database or of Stripe. The last one happens, and nobody learns
 * of it. A transaction that is open then is rolled back, as Postgres does when a connection ends.
 */
export function startMortalProcess(
  peer: StripePeer,
  pool: Pool,
  options: { life: number; random: () => number },
): StripeLink {
  let { life } = options;
  async function live<T>(work: () => Promise<T>): Promise<T> {
    if (life <= 0) throw new Killed();
    life -= 1;
    const result = await work();
    // Others go on meanwhile.
    await Promise.resolve();
    if (life <= 0) throw new Killed();
    return result;
  }
  const client = stripeClientOn({
    sdk: peer.connectInProcess(),
    ceiling: { pass: async () => undefined, pause: () => undefined },
    livemode: false,
  });
  const mortalClient: StripeClient = {
    livemode: false,
    call: (expected, request) => live(() => client.call(expected, request)),
    list: (expected, request) => live(() => client.list(expected, request)),
  };
  return createStripeLink({
    pool: mortalPool(pool, live),
    client: mortalClient,
    appUrl: 'http://127.0.0.1:3000',
    automaticTax: false,
    now: () => peer.world.now(),
    sleep: (ms) => live(async () => peer.world.moveClock(ms)),
    random: options.random,
  });
}

type Live = <T>(work: () => Promise<T>) => Promise<T>;
type Query = (text: string, values?: unknown[]) => Promise<unknown>;

function mortalPool(pool: Pool, live: Live): Pool {
  const query: Query = (text, values) => live(() => pool.query(text, values));
  const connect = async () => {
    await live(async () => undefined);
    return mortalConnection(await pool.connect(), live);
  };
  return { query, connect } as unknown as Pool;
}

function mortalConnection(connection: PoolClient, live: Live): PoolClient {
  const query: Query = (text, values) =>
    text === 'rollback' ? connection.query(text) : live(() => connection.query(text, values));
  return new Proxy(connection, {
    get(target, name) {
      if (name === 'query') return query;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
