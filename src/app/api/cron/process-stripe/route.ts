import { z } from 'zod';
import { route } from '@/container';

const EVENTS_AT_MOST = 200;
/** What the mirror of usage may take, in ms. */
const MIRROR_BUDGET_MS = 60_000;

export const maxDuration = 300;

export const GET = route(
  {
    id: 'processStripe',
    tag: 'Scheduler',
    summary: 'Tries again what Stripe told and could not be processed, and sends its meters what was used',
    caller: 'scheduler',
    answer: { status: 200, says: 'How many events and hours there were of each.', schema: z.looseObject({}) },
  },
  async ({ services: { stripe, stripeEvents } }) => {
    const events = await stripeEvents.retry(EVENTS_AT_MOST);
    const until = performance.now() + MIRROR_BUDGET_MS;
    return { ...events, meters: stripe && (await stripe.meters.mirror(() => performance.now() < until)) };
  },
);
