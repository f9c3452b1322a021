import { route } from '@/container';
import { idPath } from '@/http';
import { AppError } from '@/kernel/errors';
import { alertView } from '@/quotas/contracts';

export const PATCH = route(
  {
    id: 'adminAcknowledgeAlert',
    tag: 'Administration',
    summary: 'Acknowledge an alert of the installation',
    description: 'Doing it again changes nothing.',
    caller: 'admin',
    params: idPath,
    answer: { status: 200, says: 'The alert.', schema: alertView },
  },
  async ({ principal: { userId }, params, services: { quotaStore, clock } }) => {
    const alert = await quotaStore.acknowledgeAlert(null, params.id, { userId, at: clock.now() });
    if (!alert) throw new AppError('not_found', 'The installation has no such alert.');
    return alert;
  },
);
