import { route } from '@/container';
import { planView } from '@/plans';
import { planList } from '@/plans/contracts';

export const dynamic = 'force-dynamic';

/** What there is to choose from is no secret. */
export const GET = route(
  {
    id: 'listPlans',
    tag: 'Plans',
    summary: 'List plans',
    description: 'The newest version of each plan, by rank: price, features, and what is included of each metric.',
    caller: 'anyone',
    answer: { status: 200, says: 'The plans.', schema: planList },
    errors: ['unavailable'],
  },
  async ({ services: { planCatalogue } }) => {
    const [plans, metrics] = await Promise.all([planCatalogue.plans(), planCatalogue.metrics()]);
    const data = plans.map((plan) => planView(plan, metrics));
    return Response.json({ data }, { headers: { 'cache-control': 'public, max-age=60' } });
  },
);
