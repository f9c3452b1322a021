import { z } from 'zod';
import { route } from '@/container';

export const GET = route(
  {
    id: 'foldUsage',
    tag: 'Scheduler',
    summary: 'Adds the sums of the hours that are over to the sums per day, which long ranges are read from',
    caller: 'scheduler',
    answer: {
      status: 200,
      says: 'For how many organizations there was something to add.',
      schema: z.object({ organizations: z.int() }),
    },
  },
  async ({ services: { usageMaintenance, clock } }) => ({
    organizations: await usageMaintenance.foldHours(clock.now()),
  }),
);
