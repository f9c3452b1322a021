import { route } from '@/container';
import { idPath, payerOf, releasedAnswer } from '@/http';
import { reservationView } from '@/quotas/contracts';

export const POST = route(
  {
    id: 'releaseReservation',
    tag: 'Quotas',
    summary: 'Let a reservation go',
    description: 'Doing it again changes nothing.',
    caller: 'key_or_person',
    scope: 'usage:write',
    limit: 'reserving',
    minimumRole: 'admin',
    params: idPath,
    answer: { status: 200, says: 'The reservation.', schema: reservationView },
    errors: ['reservation_closed'],
  },
  async ({ principal, params, services }) =>
    releasedAnswer(await services.quotaReservations.release(payerOf(principal), params.id)),
);
