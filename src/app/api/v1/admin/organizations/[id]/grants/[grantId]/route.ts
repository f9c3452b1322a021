import { withAdmin } from '@/container';
import { uuidOf } from '@/http';

export const DELETE = withAdmin(async (_request, { principal, params, services }) => {
  const actor = { kind: 'user' as const, id: principal.userId };
  const grant = await services.subscriptions.revokeGrant(uuidOf(params, 'id'), actor, uuidOf(params, 'grantId'));
  return Response.json(grant);
});
