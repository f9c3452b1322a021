import { withAdmin } from '@/container';
import { adminOverrideInput, checkInput, organizationMetricPath, readJson } from '@/http';

export const PUT = withAdmin(async (request, { principal, params, services }) => {
  const { id, metric } = checkInput(organizationMetricPath, params, 'path');
  const input = await readJson(request, adminOverrideInput);
  await services.subscriptions.setOverride(id, { kind: 'user', id: principal.userId }, { ...input, metric });
  return Response.json(await services.subscriptions.get(id));
});

export const DELETE = withAdmin(async (_request, { principal, params, services }) => {
  const { id, metric } = checkInput(organizationMetricPath, params, 'path');
  await services.subscriptions.removeOverride(id, { kind: 'user', id: principal.userId }, metric);
  return new Response(null, { status: 204 });
});
