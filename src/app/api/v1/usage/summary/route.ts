import { rangeQuery, usageSummary } from '@/analytics/contracts';
import { route } from '@/container';
import { usageSeenBy } from '@/http';

export const GET = route(
  {
    id: 'usageSummary',
    tag: 'Usage',
    summary: 'What a dashboard opens with',
    description: 'Current period, today, trend and top endpoints.',
    caller: 'key_or_person',
    scope: 'usage:read',
    query: rangeQuery,
    answer: { status: 200, says: 'The figures, in UTC.', schema: usageSummary },
  },
  ({ principal, query, services }) =>
    services.usageQueries.summary(principal.organizationId, usageSeenBy(principal, query)),
);
