import { route } from '@/container';
import { adminOverrideInput, organizationMetricPath } from '@/http';
import { subscriptionView } from '@/plans/contracts';

export const PUT = route(
  {
    id: 'adminSetOverride',
    tag: 'Administration',
    summary: 'Override what the plan includes',
    description: 'In place of the included quantity of one metric; null is unlimited.',
    caller: 'admin',
    params: organizationMetricPath,
    body: { schema: adminOverrideInput, example: { included: 250_000, reason: 'Contract 2027-14' } },
    answer: { status: 200, says: 'The subscription.', schema: subscriptionView },
  },
  async ({ principal, params: { id, metric }, body, services: { subscriptions } }) => {
    await subscriptions.setOverride(id, { kind: 'user', id: principal.userId }, { ...body, metric });
    return subscriptions.get(id);
  },
);

export const DELETE = route(
  {
    id: 'adminRemoveOverride',
    tag: 'Administration',
    summary: 'Remove an override',
    caller: 'admin',
    params: organizationMetricPath,
    answer: { status: 204, says: 'What the plan includes holds again.' },
  },
  async ({ principal, params: { id, metric }, services }) => {
    await services.subscriptions.removeOverride(id, { kind: 'user', id: principal.userId }, metric);
  },
);
