import { withReader } from '@/container';
import { checkedPrincipal, checkQuota, payerOf, quotaCheckQuery, readQuery } from '@/http';

export const GET = withReader({}, async (request, { principal, services }) => {
  const { metric, required_quantity: required, subscriptionKey } = readQuery(request.url, quotaCheckQuery);
  const payer = payerOf(await checkedPrincipal(services, principal, subscriptionKey));
  const answer = await checkQuota(services, { ...payer, metric, required });
  return Response.json(answer, { headers: { 'cache-control': 'private, no-store' } });
});
