import { route } from '@/container';
import { idPath } from '@/http';
import { resolveAlert } from '@/insight';
import { alertView } from '@/quotas/contracts';

export const PATCH = route(
  {
    id: 'resolveUsageAlert',
    tag: 'Alerts',
    summary: 'Resolve an alert',
    description:
      'Of an occurrence, such as an anomaly. What says that usage stands too high resolves by itself once it does not. Doing it again changes nothing.',
    caller: 'person',
    params: idPath,
    answer: { status: 200, says: 'The alert.', schema: alertView },
    errors: ['conflict'],
  },
  ({ principal: { organizationId, userId }, params, services: { quotaStore, clock } }) =>
    resolveAlert(quotaStore, organizationId, params.id, { userId, at: clock.now() }),
);
