import { withReader, withSession } from '@/container';
import { readJson } from '@/http';
import { changeSubscriptionInput } from '@/plans/contracts';

export const GET = withReader({ scope: 'usage:read' }, async (_request, { principal, services }) =>
  Response.json(await services.subscriptions.get(principal.organizationId)),
);

export const PATCH = withSession(
  async (request, { principal: { organizationId, userId }, services: { subscriptions } }) => {
    const input = await readJson(request, changeSubscriptionInput);
    await subscriptions.change(organizationId, { kind: 'user', id: userId }, input);
    return Response.json(await subscriptions.get(organizationId));
  },
  { minimumRole: 'admin' },
);
