import { z } from 'zod';
import { route } from '@/container';

/** Less than the minute after which the next run comes. */
const BUDGET_MS = 50_000;

export const GET = route(
  {
    id: 'makeReports',
    tag: 'Scheduler',
    summary: 'Makes the reports that wait',
    caller: 'scheduler',
    answer: { status: 200, says: 'What became of them.', schema: z.looseObject({}) },
  },
  ({ services }) => services.reports.make(BUDGET_MS),
);
