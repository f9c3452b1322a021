import { route } from '@/container';
import { alertList, alertListQuery } from '@/quotas/contracts';

export const GET = route(
  {
    id: 'listUsageAlerts',
    tag: 'Alerts',
    summary: 'List alerts',
    description:
      'What rules said, the newest first: one alert for each time that a rule began to hold, of each metric and period. It is pending until its channels were told.',
    caller: 'key_or_person',
    scope: 'usage:read',
    query: alertListQuery,
    answer: { status: 200, says: 'One page of alerts.', schema: alertList },
  },
  ({ principal, query, services }) => services.quotaStore.alerts(principal.organizationId, query),
);
