import { rangeQuery, usageByEndpoint } from '@/analytics/contracts';
import { route } from '@/container';
import { usageSeenBy } from '@/http';

export const GET = route(
  {
    id: 'usageEndpoints',
    tag: 'Usage',
    summary: 'Usage by endpoint',
    description: 'Requests, error rate and latency per route.',
    caller: 'key_or_person',
    scope: 'usage:read',
    feature: 'advanced_analytics',
    query: rangeQuery,
    answer: { status: 200, says: 'The figures, in UTC.', schema: usageByEndpoint },
  },
  ({ principal, query, services }) =>
    services.usageQueries.byEndpoint(principal.organizationId, usageSeenBy(principal, query)),
);
