import { z } from 'zod';
import { withCron } from '@/container';
import { readQuery } from '@/http';

const query = z.strictObject({ day: z.iso.date().optional().describe('UTC day; yesterday if absent') });
const DAY_MS = 86_400_000;

/** Counts a day again from its raw events, and says what had to be mended, which should be nothing. */
export const GET = withCron(async (request, { services }) => {
  const { usageMaintenance, clock, log } = services;
  const yesterday = new Date(clock.now().getTime() - DAY_MS).toISOString().slice(0, 10);
  const { day = yesterday } = readQuery(request.url, query);
  const mended = await usageMaintenance.aggregateDay(day);
  if (mended.length > 0)
    log.error({ day, mended: mended.slice(0, 20), count: mended.length }, 'usage: sums were mended');
  return Response.json({ day, mended });
});
