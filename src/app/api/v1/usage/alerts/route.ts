import { route } from '@/container';
import { alertList, alertListQuery } from '@/quotas/contracts';

export const GET = route(
  {
    id: 'listUsageAlerts',
    tag: 'Quotas',
    summary: 'List alerts',
    description: 'One for each level (80, 90, 100 %, overage) that a metric reached in a period, the newest first.',
    caller: 'key_or_person',
    scope: 'usage:read',
    query: alertListQuery,
    answer: { status: 200, says: 'One page of alerts.', schema: alertList },
  },
  ({ principal, query, services }) => services.quotaStore.alerts(principal.organizationId, query),
);
