import { type services } from '@/container';
import { offerOfFeature } from '@/plans';
import { type FeatureOffer } from '@/plans/contracts';

/** What of the usage page the plan does not have, and which plan has it; null for what it has. */
export async function readOffers(
  { clock, quotaGate, planCatalogue }: ReturnType<typeof services>,
  organizationId: string,
): Promise<{ export: FeatureOffer | null; endpoints: FeatureOffer | null }> {
  const [{ plan }, plans] = await Promise.all([
    quotaGate.entitlements(organizationId, clock.now().getTime()),
    planCatalogue.plans(),
  ]);
  return {
    export: offerOfFeature(plan, plans, 'export'),
    endpoints: offerOfFeature(plan, plans, 'advanced_analytics'),
  };
}
