import { z } from 'zod';
import { route } from '@/container';

/** Less than the minute after which the next run comes. */
const BUDGET_MS = 50_000;

export const GET = route(
  {
    id: 'makeReports',
    tag: 'Scheduler',
    summary: 'Queues the reports that are due, and makes those that wait',
    caller: 'scheduler',
    answer: { status: 200, says: 'What became of them.', schema: z.looseObject({}) },
  },
  async ({ services: { reports, reportSchedules } }) => ({
    scheduled: await reportSchedules.queueDue(),
    ...(await reports.make(BUDGET_MS)),
  }),
);
