import { type FeatureOffer } from '@/plans/contracts';
import { PlansLink } from '@/ui/plans-link';

/** Says that a plan lacks something, and which has it. */
export const PlanOffer = ({ offer, what }: { offer: FeatureOffer; what: string }) => (
  <p className="text-sm text-ink-2">
    The plan {offer.planName} does not have {what}.{' '}
    {offer.availableFrom === null ? 'No plan has it yet.' : `The plan ${offer.availableFrom} has it.`}
    <PlansLink />
  </p>
);
