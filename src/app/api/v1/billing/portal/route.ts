import { portalView } from '@/billing/contracts';
import { route } from '@/container';

export const POST = route(
  {
    id: 'createBillingPortal',
    tag: 'Billing',
    summary: "Open Stripe's billing portal",
    description: 'Needs an owner or admin of the organization.',
    caller: 'person',
    minimumRole: 'admin',
    answer: { status: 200, says: 'Where it is, for a few minutes.', schema: portalView },
    errors: ['conflict'],
  },
  ({ principal, services }) => services.payments.portal(principal.organizationId),
);
