import { z } from 'zod';
import { route } from '@/container';

export const GET = route(
  {
    id: 'closePeriods',
    tag: 'Scheduler',
    summary: 'Writes down what ended periods came to, and clears away leases that are over',
    caller: 'scheduler',
    answer: { status: 200, says: 'How much there was of each.', schema: z.looseObject({}) },
  },
  async ({ services: { quotaStore, clock } }) => ({
    released: await quotaStore.releaseExpired(),
    closed: await quotaStore.closePeriods(clock.now()),
    pruned: await quotaStore.pruneLeases(),
  }),
);
