import { type Services } from '@/http';
import { addsUp } from '@/insight';
import { type AlertNames } from '@/insight/ui/alerts/alert-names';

const KEYS = 100;

/** What alerts call metrics and keys; of the installation, which has no keys, where the organization is null. */
export async function readAlertNames(
  {
    metricCatalogue,
    apiKeys,
    entitlementReader,
    clock,
  }: Pick<Services, 'metricCatalogue' | 'apiKeys' | 'entitlementReader' | 'clock'>,
  organizationId: string | null,
): Promise<AlertNames> {
  const [metrics, keys, terms] = await Promise.all([
    metricCatalogue.all(),
    organizationId === null ? null : apiKeys.list(organizationId, { limit: KEYS }),
    organizationId === null ? null : entitlementReader.read(organizationId, clock.now()),
  ]);
  return {
    metrics: [...metrics.values()].map(({ key, name, unit, aggregation }) => ({
      key,
      name,
      unit,
      addsUp: addsUp(aggregation),
    })),
    keys: (keys?.data ?? [])
      .filter(({ livemode, status }) => livemode && status === 'active')
      .map(({ id, name }) => ({ id, name })),
    currency: terms?.plan.currency ?? 'USD',
  };
}
