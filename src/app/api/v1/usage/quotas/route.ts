import { route } from '@/container';
import { usageSeenBy, quotasQuery } from '@/http';
import { quotaListOf } from '@/quotas';
import { quotaList, type QuotaProjection } from '@/quotas/contracts';

export const GET = route(
  {
    id: 'usageQuotas',
    tag: 'Quotas',
    summary: 'Quotas of the present period',
    description: 'Per metric: what is included and used, where use ends, what is left, and where it is heading.',
    caller: 'key_or_person',
    scope: 'usage:read',
    query: quotasQuery,
    answer: { status: 200, says: 'The quotas.', schema: quotaList },
    errors: ['quota_unavailable'],
  },
  async ({ principal, query, services }) => {
    const { organizationId } = principal;
    const livemode = usageSeenBy(principal, query).mode === 'live';
    const now = services.clock.now();
    const [entitlements, counters, metrics] = await Promise.all([
      services.entitlementReader.read(organizationId, now),
      services.quotaStore.counters(organizationId, livemode, now),
      services.metricCatalogue.all(),
    ]);
    const projections = livemode
      ? await services.usageForecasts.projections(organizationId, { entitlements, counters, now })
      : new Map<string, QuotaProjection>();
    return quotaListOf({ entitlements, counters, metrics, livemode, projections });
  },
);
