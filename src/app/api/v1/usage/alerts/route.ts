import { withReader } from '@/container';
import { readQuery } from '@/http';
import { alertListQuery } from '@/quotas/contracts';

export const GET = withReader({ scope: 'usage:read' }, async (request, { principal, services }) => {
  const page = await services.quotaStore.alerts(principal.organizationId, readQuery(request.url, alertListQuery));
  return Response.json(page, { headers: { 'cache-control': 'private, no-store' } });
});
