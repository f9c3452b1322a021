import { z } from 'zod';
import { route } from '@/container';

const count = z.int().min(0);

export const maxDuration = 60;

export const GET = route(
  {
    id: 'evaluateAlerts',
    tag: 'Scheduler',
    summary: 'Measures what rules watch, and tells their channels what began to hold',
    description: 'Several at once do it once. What a run did not come to is done by the next one.',
    caller: 'scheduler',
    answer: {
      status: 200,
      says: 'How many organizations were looked at, and how many alerts there were of each.',
      schema: z.object({ organizations: count, raised: count, resolved: count, sent: count, failed: count }),
    },
  },
  ({ services }) => services.alerts.evaluate(),
);
