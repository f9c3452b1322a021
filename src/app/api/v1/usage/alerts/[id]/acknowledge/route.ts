import { withSession } from '@/container';
import { uuidOf } from '@/http';
import { AppError } from '@/kernel/errors';

export const PATCH = withSession(async (_request, { principal, params, services }) => {
  const { organizationId, userId } = principal;
  const by = { userId, at: services.clock.now() };
  const alert = await services.quotaStore.acknowledgeAlert(organizationId, uuidOf(params, 'id'), by);
  if (!alert) throw new AppError('not_found', 'There is no such alert in this organization.');
  return Response.json(alert);
});
