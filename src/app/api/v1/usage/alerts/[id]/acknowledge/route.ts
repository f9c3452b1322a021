import { route } from '@/container';
import { idPath } from '@/http';
import { AppError } from '@/kernel/errors';
import { alertView } from '@/quotas/contracts';

export const PATCH = route(
  {
    id: 'acknowledgeUsageAlert',
    tag: 'Alerts',
    summary: 'Acknowledge an alert',
    description: 'Doing it again changes nothing.',
    caller: 'person',
    params: idPath,
    answer: { status: 200, says: 'The alert.', schema: alertView },
  },
  async ({ principal: { organizationId, userId }, params, services: { quotaStore, clock } }) => {
    const alert = await quotaStore.acknowledgeAlert(organizationId, params.id, { userId, at: clock.now() });
    if (!alert) throw new AppError('not_found', 'There is no such alert in this organization.');
    return alert;
  },
);
