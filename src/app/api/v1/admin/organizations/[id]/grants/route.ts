import { z } from 'zod';
import { route } from '@/container';
import { idPath } from '@/http';
import { grantInput, grantView } from '@/plans/contracts';

export const GET = route(
  {
    id: 'adminListGrants',
    tag: 'Administration',
    summary: 'List grants',
    description: 'The newest first, ended ones too.',
    caller: 'admin',
    params: idPath,
    answer: { status: 200, says: 'The grants.', schema: z.object({ data: z.array(grantView) }) },
  },
  async ({ params, services }) => ({ data: await services.subscriptions.grants(params.id) }),
);

export const POST = route(
  {
    id: 'adminGrant',
    tag: 'Administration',
    summary: 'Grant units',
    description: 'Extra units of a metric, used after what the plan includes, the soonest to expire first.',
    caller: 'admin',
    params: idPath,
    idempotency: 'answer',
    body: {
      schema: grantInput,
      example: { metric: 'api_calls', units: 5_000, reason: 'Launch week', expires_at: '2027-01-01T00:00:00Z' },
    },
    answer: { status: 201, says: 'The grant.', schema: grantView },
  },
  ({ principal, params, body, services }) =>
    services.subscriptions.grant(params.id, { kind: 'user', id: principal.userId }, body),
);
