import { route } from '@/container';
import { adminTrialInput, idPath } from '@/http';
import { subscriptionView } from '@/plans/contracts';

export const PUT = route(
  {
    id: 'adminStartTrial',
    tag: 'Administration',
    summary: 'Let an organization try a plan',
    description:
      'At once and without its fee; usage beyond what it includes is charged. At the end the plan from before comes back, ' +
      'unless they chose one themselves. Takes the place of another trial.',
    caller: 'admin',
    params: idPath,
    body: { schema: adminTrialInput, example: { plan: 'business', ends_at: '2027-01-31T00:00:00Z' } },
    answer: { status: 200, says: 'The subscription.', schema: subscriptionView },
    errors: ['conflict'],
  },
  async ({ principal, params: { id }, body, services: { subscriptions } }) => {
    await subscriptions.startTrial(id, { kind: 'user', id: principal.userId }, body.plan, new Date(body.ends_at));
    return subscriptions.get(id);
  },
);
