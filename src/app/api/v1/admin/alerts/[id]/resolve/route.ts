import { route } from '@/container';
import { idPath } from '@/http';
import { resolveAlert } from '@/insight';
import { alertView } from '@/quotas/contracts';

export const PATCH = route(
  {
    id: 'adminResolveAlert',
    tag: 'Administration',
    summary: 'Resolve an alert of the installation',
    description: 'Of an occurrence, such as sums that were mended. Doing it again changes nothing.',
    caller: 'admin',
    params: idPath,
    answer: { status: 200, says: 'The alert.', schema: alertView },
    errors: ['conflict'],
  },
  ({ principal: { userId }, params, services: { quotaStore, clock } }) =>
    resolveAlert(quotaStore, null, params.id, { userId, at: clock.now() }),
);
