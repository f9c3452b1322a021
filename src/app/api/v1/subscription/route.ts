import { route } from '@/container';
import { changeSubscriptionInput, subscriptionView } from '@/plans/contracts';

export const GET = route(
  {
    id: 'getSubscription',
    tag: 'Plans',
    summary: 'Read the subscription',
    description: 'The plan, the present billing period, what holds in it, and what is to happen at its end.',
    caller: 'key_or_person',
    scope: 'usage:read',
    answer: { status: 200, says: 'The subscription.', schema: subscriptionView },
  },
  ({ principal, services }) => services.subscriptions.get(principal.organizationId),
);

export const PATCH = route(
  {
    id: 'changeSubscription',
    tag: 'Plans',
    summary: 'Change the subscription',
    description:
      'One change a request. A plan of higher rank holds at once: the period and its usage go on under the new limits. One of ' +
      'lower rank holds from the end of the period on; the present plan undoes that. Where payments go through Stripe, a plan that ' +
      'costs more holds once it is paid: the answer is 402 with `checkout_url`, or with `payment_url` where an earlier plan is paid there ' +
      'and the difference could not be charged. Else billing is settled with the invoice. Needs an owner or admin of the organization.',
    caller: 'person',
    minimumRole: 'admin',
    body: { schema: changeSubscriptionInput, example: { plan: 'pro' } },
    answer: { status: 200, says: 'The subscription as it is now.', schema: subscriptionView },
    errors: ['payment_required', 'conflict'],
  },
  async ({ principal: { organizationId, userId }, body, services: { subscriptions, payments } }) => {
    await payments.change(organizationId, { kind: 'user', id: userId }, body);
    return subscriptions.get(organizationId);
  },
);
