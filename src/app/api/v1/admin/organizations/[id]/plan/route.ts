import { withAdmin } from '@/container';
import { adminPlanInput, readJson, uuidOf } from '@/http';

export const PUT = withAdmin(async (request, { principal, params, services: { subscriptions } }) => {
  const organizationId = uuidOf(params, 'id');
  const { plan } = await readJson(request, adminPlanInput);
  await subscriptions.changePlan(organizationId, { kind: 'user', id: principal.userId }, plan, { byAdmin: true });
  return Response.json(await subscriptions.get(organizationId));
});
