import { type services } from '@/container';
import { projectionsOf } from '@/insight';
import { type UsageOutlook } from '@/insight/contracts';
import { fromMinor } from '@/kernel/money';
import { suggestUpgrade } from '@/plans';
import { type Entitlements } from '@/plans/contracts';
import { quotaListOf } from '@/quotas';
import { type QuotaList, type QuotaProjection } from '@/quotas/contracts';
import { type QuotaSnapshot } from '@/quotas/ui/quota-api';
import { type QuotaTerms } from '@/quotas/ui/quotas-provider';
import { type UpgradeOffer } from '@/quotas/ui/upgrade-offer';

type AllServices = ReturnType<typeof services>;

const SHOWN_ALERTS = 100;

/** What the usage page shows of quotas at first: the numbers, what more would cost, the plan that would hold it, and the days to come. */
export async function readQuotas(
  { clock, entitlementReader, quotaStore, metricCatalogue, planCatalogue, usageForecasts }: AllServices,
  organizationId: string,
  livemode: boolean,
): Promise<{ quotas: QuotaTerms & { initial: QuotaSnapshot }; outlooks: UsageOutlook[] }> {
  const now = clock.now();
  const [entitlements, counters, liveCounters, metrics, alerts, plans] = await Promise.all([
    entitlementReader.read(organizationId, now),
    quotaStore.counters(organizationId, livemode, now),
    livemode ? null : quotaStore.counters(organizationId, true, now),
    metricCatalogue.all(),
    quotaStore.alerts(organizationId, { limit: SHOWN_ALERTS }),
    planCatalogue.plans(),
  ]);
  // Of test usage nothing is foretold; its page shows no outlook, and is not read again when it turns to live usage.
  const state = { entitlements, counters: liveCounters ?? counters, now };
  const outlooks = await usageForecasts.outlooks(organizationId, state);
  const projections = livemode ? projectionsOf(outlooks) : new Map<string, QuotaProjection>();
  const quotas = quotaListOf({ entitlements, counters, metrics, livemode, projections });
  return {
    quotas: {
      initial: { quotas, alerts: alerts.data, readAt: now.toISOString() },
      overagePrices: overagePricesOf(entitlements),
      offer: livemode ? upgradeOfferOf(quotas, entitlements, plans) : null,
    },
    outlooks,
  };
}

const overagePricesOf = ({ plan: { currency }, limits }: Entitlements): QuotaTerms['overagePrices'] =>
  Object.fromEntries(
    [...limits.values()].flatMap(({ metric, price }) => (price ? [[metric, { price, currency }] as const] : [])),
  );

function upgradeOfferOf(
  quotas: QuotaList,
  present: Entitlements,
  plans: Parameters<typeof suggestUpgrade>[0]['plans'],
): UpgradeOffer | null {
  const usage = new Map(quotas.data.map(({ metric, used, projected }) => [metric, projected ?? Number(used)]));
  const suggestion = suggestUpgrade({ usage, plans, present });
  if (suggestion?.direction !== 'upgrade') return null;
  const { plan, costMinor, presentCostMinor } = suggestion;
  const { currency } = plan;
  return {
    planName: plan.planName,
    currency,
    price: fromMinor(plan.priceMinor, currency),
    total: fromMinor(costMinor, currency),
    presentTotal: presentCostMinor === null ? null : fromMinor(presentCostMinor, currency),
  };
}
