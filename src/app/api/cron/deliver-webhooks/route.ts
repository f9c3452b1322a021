import { z } from 'zod';
import { route } from '@/container';

/** Long enough for what is begun within the budget: a last request takes 15 s at most. */
export const maxDuration = 60;
const BUDGET_MS = 40_000;

export const GET = route(
  {
    id: 'deliverWebhooks',
    tag: 'Scheduler',
    summary: 'Sends webhooks that are due',
    caller: 'scheduler',
    answer: { status: 200, says: 'What became of them.', schema: z.looseObject({}) },
  },
  ({ services }) => services.webhookCourier.deliver(BUDGET_MS),
);
