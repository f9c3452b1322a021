import { type Pool } from 'pg';
import { createStripeLink } from '@/billing';
import { stripeClientOn } from '@/billing/stripe/stripe-client';
import { type StripePeer } from './stripe-peer/start-stripe-peer';

/** What one process of the product tells Stripe with, where Stripe is the peer: by its clock, without sockets or pauses. */
export const stripeLinkTo = (peer: StripePeer, pool: Pool, { automaticTax = false }: { automaticTax?: boolean } = {}) =>
  createStripeLink({
    pool,
    client: stripeClientOn({
      sdk: peer.connectInProcess(),
      ceiling: { pass: async () => undefined, pause: () => undefined },
      livemode: false,
    }),
    appUrl: 'http://127.0.0.1:3000',
    automaticTax,
    now: () => peer.world.now(),
    sleep: async (ms) => peer.world.moveClock(ms),
    random: () => 0.5,
  });
