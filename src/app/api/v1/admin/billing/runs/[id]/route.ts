import { route } from '@/container';
import { billingRunDetail } from '@/billing/contracts';
import { idPath } from '@/http';

export const GET = route(
  {
    id: 'adminReadBillingRun',
    tag: 'Administration',
    summary: 'Read a billing run',
    description: 'How far it has come, and what failed in it.',
    caller: 'admin',
    params: idPath,
    answer: { status: 200, says: 'The run.', schema: billingRunDetail },
  },
  ({ params, services }) => services.billingRuns.get(params.id),
);
