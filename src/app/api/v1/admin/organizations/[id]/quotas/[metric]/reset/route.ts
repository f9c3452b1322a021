import { z } from 'zod';
import { route } from '@/container';
import { organizationMetricPath, resetQuota, resetQuotaInput } from '@/http';
import { grantView } from '@/plans/contracts';

export const POST = route(
  {
    id: 'adminResetQuota',
    tag: 'Administration',
    summary: 'Give the quota of a period again',
    description:
      'Nothing that was counted is changed: what is used up to now is granted again, until the period ends. With status 200 ' +
      'and no grant, nothing was used.',
    caller: 'admin',
    params: organizationMetricPath,
    idempotency: 'answer',
    body: { schema: resetQuotaInput, example: { reason: 'Our outage of 22 November' } },
    answer: {
      status: 201,
      says: 'The grant that does it.',
      schema: z.object({ metric: z.string(), grant: grantView.nullable() }),
    },
  },
  async ({ principal, params: { id, metric }, body: { reason }, services }) => {
    const grant = await resetQuota(services, { organizationId: id, userId: principal.userId, metric, reason });
    return Response.json({ metric, grant }, { status: grant ? 201 : 200 });
  },
);
