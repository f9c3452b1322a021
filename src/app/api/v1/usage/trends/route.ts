import { rangeQuery, usageTrends } from '@/analytics/contracts';
import { route } from '@/container';
import { usageSeenBy } from '@/http';

export const GET = route(
  {
    id: 'usageTrends',
    tag: 'Usage',
    summary: 'Change against the range before',
    description: 'The range beside the one of equal length before it.',
    caller: 'key_or_person',
    scope: 'usage:read',
    query: rangeQuery,
    answer: { status: 200, says: 'The figures, in UTC.', schema: usageTrends },
  },
  ({ principal, query, services }) =>
    services.usageQueries.trends(principal.organizationId, usageSeenBy(principal, query)),
);
