import { withReader } from '@/container';
import { checkInput, checkQuota, metricPath, payerOf, readQuery, requiredQuery } from '@/http';

export const GET = withReader({ scope: 'usage:read' }, async (request, { principal, params, services }) => {
  const { metric } = checkInput(metricPath, params, 'path');
  const { required_quantity: required } = readQuery(request.url, requiredQuery);
  const answer = await checkQuota(services, { ...payerOf(principal), metric, required });
  return Response.json(answer, { headers: { 'cache-control': 'private, no-store' } });
});
