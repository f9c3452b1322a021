import { rangeQuery, usageStats } from '@/analytics/contracts';
import { route } from '@/container';
import { usageSeenBy } from '@/http';

export const GET = route(
  {
    id: 'usageStats',
    tag: 'Usage',
    summary: 'Usage statistics',
    description: 'Totals, latency percentiles (within 1 %), and counts by status, method, country and endpoint.',
    caller: 'key_or_person',
    scope: 'usage:read',
    query: rangeQuery,
    answer: { status: 200, says: 'The figures, in UTC.', schema: usageStats },
  },
  ({ principal, query, services }) =>
    services.usageQueries.stats(principal.organizationId, usageSeenBy(principal, query)),
);
