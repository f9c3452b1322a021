import { route } from '@/container';
import { committedAnswer, idPath, payerOf } from '@/http';
import { commitReservationInput, reservationView } from '@/quotas/contracts';

export const POST = route(
  {
    id: 'commitReservation',
    tag: 'Quotas',
    summary: 'Report what was used',
    description: 'Records the usage and lets the rest go. Sent again with the same quantity, it changes nothing.',
    caller: 'key_or_person',
    scope: 'usage:write',
    limit: 'reserving',
    minimumRole: 'admin',
    params: idPath,
    body: { schema: commitReservationInput, example: { units: 812 } },
    answer: { status: 200, says: 'The reservation.', schema: reservationView },
    errors: [
      'reservation_closed',
      'conflict',
      'quota_exceeded',
      'spend_cap_reached',
      'payment_required',
      'quota_unavailable',
    ],
  },
  async ({ principal, params, body: { units }, services }) => {
    const owner = payerOf(principal);
    const apiKeyId = principal.kind === 'api_key' ? principal.apiKeyId : null;
    const result = await services.quotaReservations.commit(owner, params.id, units, apiKeyId);
    return committedAnswer(services, { ...owner, units }, result);
  },
);
