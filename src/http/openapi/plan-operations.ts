import { type z } from 'zod';
import { changeSubscriptionInput, planList, subscriptionView } from '@/plans/contracts';
import { type Operation } from './operation';

const tag = 'Plans';
const json = (schema: z.ZodType) => ({ 'application/json': schema });

export const planOperations: Operation[] = [
  {
    path: '/api/v1/plans',
    method: 'get',
    id: 'listPlans',
    tag,
    summary: 'List plans',
    description: 'The newest version of each plan, by rank: price, features, and what is included of each metric.',
    access: 'public',
    answer: { status: 200, says: 'The plans.', content: json(planList) },
    errors: ['unavailable'],
  },
  {
    path: '/api/v1/subscription',
    method: 'get',
    id: 'getSubscription',
    tag,
    summary: 'Read the subscription',
    description: 'The plan, the present billing period, what holds in it, and what is to happen at its end.',
    access: 'key_or_person',
    scope: 'usage:read',
    answer: { status: 200, says: 'The subscription.', content: json(subscriptionView) },
  },
  {
    path: '/api/v1/subscription',
    method: 'patch',
    id: 'changeSubscription',
    tag,
    summary: 'Change the subscription',
    description:
      'One change a request. A plan of higher rank holds at once: the period and its usage go on under the new limits. One of ' +
      'lower rank holds from the end of the period on; the present plan undoes that. Nothing is paid here: billing is ' +
      'settled with the invoice. Needs an owner or admin of the organization.',
    access: 'person',
    body: { content: json(changeSubscriptionInput), example: { plan: 'pro' } },
    answer: { status: 200, says: 'The subscription as it is now.', content: json(subscriptionView) },
    errors: ['forbidden'],
  },
];
