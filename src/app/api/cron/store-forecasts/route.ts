import { z } from 'zod';
import { route } from '@/container';

/** What one run may take, in ms: half a minute less than the platform lets it run. */
const BUDGET_MS = 270_000;

export const maxDuration = 300;

export const GET = route(
  {
    id: 'storeForecasts',
    tag: 'Scheduler',
    summary: "Makes and keeps the day's forecasts of every limited metric",
    description:
      'Once all are made, there is nothing more to do that day; what a run did not come to is done by the next one.',
    caller: 'scheduler',
    answer: {
      status: 200,
      says: 'How many organizations were done and failed, and whether all were.',
      schema: z.object({ done: z.int().min(0), failed: z.int().min(0), complete: z.boolean() }),
    },
  },
  ({ services: { usageForecasts } }) => {
    const until = performance.now() + BUDGET_MS;
    return usageForecasts.storeAll(() => performance.now() < until);
  },
);
