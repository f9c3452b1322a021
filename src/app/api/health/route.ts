import { z } from 'zod';
import { route } from '@/container';
import { version } from '../../../../package.json';

export const dynamic = 'force-dynamic';

/** Asks nobody. */
export const GET = route(
  {
    id: 'health',
    tag: 'Service',
    summary: 'Is it alive?',
    caller: 'anyone',
    answer: {
      status: 200,
      says: 'The process answers.',
      schema: z.object({ status: z.literal('alive'), version: z.string() }),
    },
  },
  () => Response.json({ status: 'alive', version }, { headers: { 'cache-control': 'no-store' } }),
);
