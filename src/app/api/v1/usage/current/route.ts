import { currentQuery, currentUsage } from '@/analytics/contracts';
import { route } from '@/container';
import { usageSeenBy } from '@/http';

export const GET = route(
  {
    id: 'usageCurrent',
    tag: 'Usage',
    summary: 'Usage of the current period',
    description: 'Quantities of every metric in the billing period of the subscription.',
    caller: 'key_or_person',
    scope: 'usage:read',
    query: currentQuery,
    answer: { status: 200, says: 'The figures, in UTC.', schema: currentUsage },
  },
  ({ principal, query, services }) =>
    services.usageQueries.currentPeriod(principal.organizationId, usageSeenBy(principal, query)),
);
