import { AppError } from '@/kernel/errors';
import { type QuotaStore } from '@/quotas';
import { type AlertView } from '@/quotas/contracts';

/**
 * Says that what an alert told of is over.
 * @param organizationId null for an alert of the installation
 * @throws AppError not_found; conflict where it says that something holds, which resolves by itself.
 */
export async function resolveAlert(
  store: Pick<QuotaStore, 'resolveAlert'>,
  organizationId: string | null,
  id: string,
  by: { userId: string; at: Date },
): Promise<AlertView> {
  const alert = await store.resolveAlert(organizationId, id, by);
  if (alert === null) throw new AppError('not_found', 'There is no such alert.');
  if (alert === 'holding')
    throw new AppError(
      'conflict',
      'It resolves by itself once its rule does not hold any more. Acknowledge it instead.',
    );
  return alert;
}
