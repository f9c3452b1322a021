import { services } from '@/container';
import { handle } from '@/http';
import { planView } from '@/plans';

export const dynamic = 'force-dynamic';

/** The plans on sale, for anyone: what there is to choose from is no secret. */
export const GET = handle(services, async (_request, { services: { planCatalogue } }) => {
  const [plans, metrics] = await Promise.all([planCatalogue.plans(), planCatalogue.metrics()]);
  const data = plans.map((plan) => planView(plan, metrics));
  return Response.json({ data }, { headers: { 'cache-control': 'public, max-age=60' } });
});
