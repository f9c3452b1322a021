import { z } from 'zod';
import { route } from '@/container';

const DAY_MS = 86_400_000;

export const GET = route(
  {
    id: 'aggregateDaily',
    tag: 'Scheduler',
    summary: 'Counts a day again from its raw events, and says what had to be mended, which should be nothing',
    caller: 'scheduler',
    query: z.strictObject({ day: z.iso.date().optional().describe('UTC day; yesterday if absent') }),
    answer: {
      status: 200,
      says: 'What was mended.',
      schema: z.object({ day: z.string(), mended: z.array(z.unknown()) }),
    },
  },
  async ({ query, services: { usageMaintenance, alerts, clock, log } }) => {
    const yesterday = new Date(clock.now().getTime() - DAY_MS).toISOString().slice(0, 10);
    const { day = yesterday } = query;
    const mended = await usageMaintenance.aggregateDay(day);
    if (mended.length > 0) {
      log.error({ day, mended: mended.slice(0, 20), count: mended.length }, 'usage: sums were mended');
      const found = { occurrence: `mended, ${day}`, used: mended.length, action: 'none' } as const;
      await alerts.raise({ kind: 'integrity', organizationId: null, metric: null, ...found });
    }
    return { day, mended };
  },
);
