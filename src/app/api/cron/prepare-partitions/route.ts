import { z } from 'zod';
import { route } from '@/container';

export const GET = route(
  {
    id: 'preparePartitions',
    tag: 'Scheduler',
    summary: 'Makes the partitions of the coming months before they are needed',
    caller: 'scheduler',
    answer: { status: 200, says: 'They are there.', schema: z.object({ status: z.literal('done') }) },
  },
  async ({ services }) => {
    await services.usageMaintenance.preparePartitions();
    return { status: 'done' as const };
  },
);
