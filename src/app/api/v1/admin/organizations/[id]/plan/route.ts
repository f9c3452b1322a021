import { route } from '@/container';
import { adminPlanInput, idPath } from '@/http';
import { subscriptionView } from '@/plans/contracts';

export const PUT = route(
  {
    id: 'adminChangePlan',
    tag: 'Administration',
    summary: 'Put an organization on a plan',
    description: 'At once, whether the plan is higher or lower. The period and its usage go on.',
    caller: 'admin',
    params: idPath,
    body: { schema: adminPlanInput, example: { plan: 'business' } },
    answer: { status: 200, says: 'The subscription.', schema: subscriptionView },
  },
  async ({ principal, params: { id }, body, services: { subscriptions } }) => {
    await subscriptions.changePlan(id, { kind: 'user', id: principal.userId }, body.plan, { byAdmin: true });
    return subscriptions.get(id);
  },
);
