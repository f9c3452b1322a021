import { z } from 'zod';
import { route } from '@/container';
import { checkReadiness } from '@/http';

export const dynamic = 'force-dynamic';

export const GET = route(
  {
    id: 'ready',
    tag: 'Service',
    summary: 'Is it ready?',
    description:
      'Checks the database, the journal, the backlog of usage events, those set aside until `npm run replay` (`usage.set_aside`), and whether ' +
      'rate limits and quotas can be asked for.',
    caller: 'anyone',
    answer: {
      status: 200,
      says: 'It can serve. With status 503 the same report says what is amiss.',
      schema: z.looseObject({ status: z.enum(['ready', 'not_ready']) }),
    },
  },
  async ({ services }) => {
    const { ready, ...report } = await checkReadiness(services);
    const headers = { 'cache-control': 'no-store' };
    return Response.json({ status: ready ? 'ready' : 'not_ready', ...report }, { status: ready ? 200 : 503, headers });
  },
);
