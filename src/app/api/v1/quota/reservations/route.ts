import { route } from '@/container';
import { payerOf, reservedAnswer } from '@/http';
import { createReservationInput, reservationView } from '@/quotas/contracts';

export const POST = route(
  {
    id: 'reserveQuota',
    tag: 'Quotas',
    summary: 'Set units aside',
    description:
      'For work whose cost is known only when it is done. The units are nobody else’s until the reservation is committed, ' +
      'released or expires.',
    caller: 'key_or_person',
    scope: 'usage:write',
    limit: 'reserving',
    minimumRole: 'admin',
    idempotency: 'answer',
    body: { schema: createReservationInput, example: { metric: 'ai_tokens', units: 4_000 } },
    answer: { status: 201, says: 'The reservation.', schema: reservationView },
    errors: ['quota_exceeded', 'spend_cap_reached', 'payment_required', 'quota_unavailable'],
  },
  async ({ principal, body: { metric, units, ttl_seconds }, services }) => {
    const owner = payerOf(principal);
    const result = await services.quotaReservations.reserve(owner, { metric, units, ttlMs: ttl_seconds * 1_000 });
    return reservedAnswer(services, { ...owner, units }, result);
  },
);
