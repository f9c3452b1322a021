import { type Pool, type PoolClient } from 'pg';
import { createStripeLink } from '@/billing';
import { type StripeClient, stripeClientOn } from '@/billing/stripe/stripe-client';
import { parseEnv } from '@/config/env';
import { createServices } from '@/container';
import { type RouteHandler, type Services } from '@/http';
import { type StripePeer } from '../stripe-peer/start-stripe-peer';

export const WEBHOOK_SECRET = 'whsec_peer';
const CRON_SECRET = 'a-secret-of-the-scheduler-for-fault-runs';
const ENV = parseEnv({
  // The pool is given: nobody connects there.
  DATABASE_URL: 'postgres://nobody@127.0.0.1:9/nothing',
  SUPABASE_URL: 'http://127.0.0.1:9',
  SUPABASE_ANON_KEY: 'sb_publishable_test',
  STRIPE_SECRET_KEY: 'sk_test_peer',
  STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET,
  CRON_SECRET,
  APP_URL: 'http://127.0.0.1:3000',
  LOG_LEVEL: 'silent',
});

/** What everything throws in a process that was killed: whatever catches it can do nothing more either. */
export class Killed extends Error {}

export interface MortalProcess {
  /** The product's own, as its composition root builds them. */
  readonly services: Services;
  /** Whether it was killed. */
  isDead(): boolean;
  /** Answers a request by a route of the product. */
  answer(route: RouteHandler, request: Request): Promise<Response>;
  /** Lets the scheduler call a route. @returns the status. */
  schedule(route: RouteHandler): Promise<number>;
}

interface Options {
  /** After how many things that were asked of the database or of Stripe it is killed. */
  life: number;
  random: () => number;
}

/**
 * A process of the product that is killed in the end. The last thing that it asks for happens, and nobody learns of it. A
 * transaction that is open then is rolled back, as Postgres does when a connection ends.
 */
export function startMortalProcess(peer: StripePeer, pool: Pool, options: Options): MortalProcess {
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
  const client = peerClient(peer);
  const mortalClient: StripeClient = {
    livemode: false,
    call: (expected, request) => live(() => client.call(expected, request)),
    list: (expected, request) => live(() => client.list(expected, request)),
  };
  const services = servicesOn(peer, mortalPool(pool, live), mortalClient, {
    sleep: (ms) => live(async () => peer.world.moveClock(ms)),
    random: options.random,
  });
  const answer = (route: RouteHandler, request: Request): Promise<Response> => {
    // Routes ask for the services of their process before they wait for anything.
    slots[SERVICES] = services;
    return route(request, { params: Promise.resolve({}) });
  };
  return {
    services,
    isDead: () => life <= 0,
    answer,
    async schedule(route) {
      const headers = { authorization: `Bearer ${CRON_SECRET}` };
      return (await answer(route, new Request('http://127.0.0.1:3000/api/cron/x', { headers }))).status;
    },
  };
}

const SERVICES = Symbol.for('tollgate.services');
const slots = globalThis as { [SERVICES]?: Services };

/** The peer, by the product's own client. */
export const peerClient = (peer: StripePeer): StripeClient =>
  stripeClientOn({
    sdk: peer.connectInProcess(),
    ceiling: { pass: async () => undefined, pause: () => undefined },
    livemode: false,
  });

interface Pauses {
  sleep: (ms: number) => Promise<void>;
  random: () => number;
}

/** The services of a process whose clock is the peer's. */
export function servicesOn(peer: StripePeer, pool: Pool, client: StripeClient, pauses: Pauses): Services {
  const now = () => peer.world.now();
  const stripe = createStripeLink({ pool, client, appUrl: ENV.APP_URL, automaticTax: false, now, ...pauses });
  return createServices(ENV, { pool, clock: { now }, stripe });
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
  return withQuery(connection, query);
}

/** A connection that asks in another way. */
export const withQuery = (connection: PoolClient, query: Query): PoolClient =>
  new Proxy(connection, {
    get(target, name) {
      if (name === 'query') return query;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
