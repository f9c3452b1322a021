import { withReader } from '@/container';
import { committedAnswer, payerOf, readJson, uuidOf } from '@/http';
import { commitReservationInput } from '@/quotas/contracts';

export const POST = withReader(
  { scope: 'usage:write', minimumRole: 'admin' },
  async (request, { principal, params, services }) => {
    const id = uuidOf(params, 'id');
    const { units } = await readJson(request, commitReservationInput);
    const owner = payerOf(principal);
    const apiKeyId = principal.kind === 'api_key' ? principal.apiKeyId : null;
    const result = await services.quotaReservations.commit(owner, id, units, apiKeyId);
    return Response.json(await committedAnswer(services, { ...owner, units }, result));
  },
);
