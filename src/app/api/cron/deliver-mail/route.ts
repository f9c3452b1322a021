import { z } from 'zod';
import { route } from '@/container';

/** Messages handed over per run at most; the next run comes within minutes. */
const LIMIT = 50;

export const GET = route(
  {
    id: 'deliverMail',
    tag: 'Scheduler',
    summary: 'Hands messages of the outbox over',
    caller: 'scheduler',
    answer: { status: 200, says: 'What became of them.', schema: z.looseObject({}) },
  },
  ({ services }) => services.mailer.deliver(LIMIT),
);
