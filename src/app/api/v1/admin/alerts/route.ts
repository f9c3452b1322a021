import { route } from '@/container';
import { alertList, alertListQuery } from '@/quotas/contracts';

export const GET = route(
  {
    id: 'adminListAlerts',
    tag: 'Administration',
    summary: 'List alerts of the installation',
    description: 'What rules of the installation said, the newest first.',
    caller: 'admin',
    query: alertListQuery,
    answer: { status: 200, says: 'One page of alerts.', schema: alertList },
  },
  ({ query, services }) => services.quotaStore.alerts(null, query),
);
