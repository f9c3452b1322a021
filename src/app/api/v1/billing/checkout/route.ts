import { checkoutInput, checkoutView } from '@/billing/contracts';
import { route } from '@/container';

export const POST = route(
  {
    id: 'createCheckout',
    tag: 'Billing',
    summary: 'Pay for a plan at Stripe',
    description:
      'The plan holds once it is paid. What lies before the next billing period is charged by its share; from then on a month at a time. ' +
      'An organization has one open checkout at most: asking again gives the same page, and one for another plan closes it. ' +
      'Needs an owner or admin of the organization.',
    caller: 'person',
    minimumRole: 'admin',
    body: { schema: checkoutInput, example: { plan: 'pro' } },
    answer: { status: 200, says: 'Where to pay.', schema: checkoutView },
    errors: ['conflict', 'payment_required'],
  },
  ({ principal, body, services }) => services.payments.checkout(principal.organizationId, body.plan),
);
