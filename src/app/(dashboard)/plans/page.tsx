import { type Metadata } from 'next';
import { requirePageSession, services } from '@/container';
import { planView } from '@/plans';
import { BilledPlansPanel } from '@/billing/ui/billed-plans-panel';

export const metadata: Metadata = { title: 'Plans' };

export default async function PlansPage() {
  const { organization } = await requirePageSession();
  const { planCatalogue, subscriptions, stripe } = services();
  const [plans, metrics, subscription] = await Promise.all([
    planCatalogue.plans(),
    planCatalogue.metrics(),
    subscriptions.get(organization.id),
  ]);
  return (
    <BilledPlansPanel
      key={organization.id}
      plans={plans.map((plan) => planView(plan, metrics))}
      initial={subscription}
      mayChange={organization.role !== 'member'}
      isPaidFirst={stripe !== null}
    />
  );
}
