import { z } from 'zod';
import { route } from '@/container';

const EVENTS_AT_MOST = 200;

export const GET = route(
  {
    id: 'processStripe',
    tag: 'Scheduler',
    summary: 'Tries again what Stripe told and could not be processed',
    caller: 'scheduler',
    answer: { status: 200, says: 'How many events there were of each.', schema: z.looseObject({}) },
  },
  ({ services }) => services.stripeEvents.retry(EVENTS_AT_MOST),
);
