import { withReader } from '@/container';
import { payerOf, releasedAnswer, uuidOf } from '@/http';

export const POST = withReader(
  { scope: 'usage:write', minimumRole: 'admin' },
  async (_request, { principal, params, services }) => {
    const result = await services.quotaReservations.release(payerOf(principal), uuidOf(params, 'id'));
    return Response.json(releasedAnswer(result));
  },
);
