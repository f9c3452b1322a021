import { paymentView } from '@/billing/contracts';
import { route } from '@/container';

export const GET = route(
  {
    id: 'getPayment',
    tag: 'Billing',
    summary: 'How the organization pays',
    description: 'What Stripe last told of it. Needs an owner or admin of the organization.',
    caller: 'person',
    minimumRole: 'admin',
    answer: { status: 200, says: 'Whether payments go through Stripe, and with what.', schema: paymentView },
  },
  ({ principal, services }) => services.payments.get(principal.organizationId),
);
