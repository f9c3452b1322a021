import { withReader } from '@/container';
import { payerOf, readJson, reservedAnswer, withIdempotency } from '@/http';
import { createReservationInput } from '@/quotas/contracts';

export const POST = withReader(
  { scope: 'usage:write', minimumRole: 'admin' },
  withIdempotency(async (request, { principal, services }) => {
    const { metric, units, ttl_seconds } = await readJson(request, createReservationInput);
    const owner = payerOf(principal);
    const result = await services.quotaReservations.reserve(owner, { metric, units, ttlMs: ttl_seconds * 1_000 });
    return Response.json(await reservedAnswer(services, { ...owner, units }, result), { status: 201 });
  }),
);
