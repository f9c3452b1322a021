import { historyQuery, usageHistory } from '@/analytics/contracts';
import { route } from '@/container';
import { usageSeenBy } from '@/http';

export const GET = route(
  {
    id: 'usageHistory',
    tag: 'Usage',
    summary: 'Usage over time',
    description: 'One point per UTC hour or day, zeros included.',
    caller: 'key_or_person',
    scope: 'usage:read',
    query: historyQuery,
    answer: { status: 200, says: 'The figures, in UTC.', schema: usageHistory },
  },
  ({ principal, query, services }) =>
    services.usageQueries.history(principal.organizationId, usageSeenBy(principal, query)),
);
