import { withReader } from '@/container';
import { quotasQuery } from '@/http';
import { quotaListOf } from '@/quotas';
import { usageQueryOf } from '../read-usage';

export const GET = withReader({ scope: 'usage:read' }, async (request, { principal, services }) => {
  const { organizationId } = principal;
  const livemode = usageQueryOf(request, quotasQuery, principal).mode === 'live';
  const now = services.clock.now();
  const [entitlements, counters, metrics] = await Promise.all([
    services.entitlementReader.read(organizationId, now),
    services.quotaStore.counters(organizationId, livemode, now),
    services.metricCatalogue.all(),
  ]);
  return Response.json(quotaListOf({ entitlements, counters, metrics, livemode, now }), {
    headers: { 'cache-control': 'private, no-store' },
  });
});
