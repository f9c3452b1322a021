/** Reservations over HTTP: outcomes become answers or the errors that callers know. */
import { AppError } from '@/kernel/errors';
import { type CommitResult, type ReleaseResult, reservationDenialOf, type ReserveResult } from '@/quotas';
import { type ReservationView } from '@/quotas/contracts';
import { quotaRefusal } from './limit-refusal';
import { type Services } from '../services';

type Refused = Extract<ReserveResult, { outcome: 'refused' }>;
type Reservation = Extract<ReserveResult, { outcome: 'reserved' }>['reservation'];
type Closed = 'released' | 'expired' | 'committed';

const viewOf = ({ id, metric, units, committed, status, createdAt, expiresAt }: Reservation): ReservationView => ({
  id,
  metric,
  units,
  committed,
  status,
  created_at: createdAt.toISOString(),
  expires_at: expiresAt.toISOString(),
});

/** What was asked for: whose, and how much. */
interface Asked {
  organizationId: string;
  livemode: boolean;
  units: number;
}

/** @throws AppError quota_exceeded, spend_cap_reached, payment_required */
export async function reservedAnswer(
  services: Services,
  asked: Asked,
  result: ReserveResult,
): Promise<ReservationView> {
  if (result.outcome === 'reserved') return viewOf(result.reservation);
  throw await refusalOf(services, asked, result);
}

/** @throws AppError not_found, reservation_closed, conflict for another quantity; as above for more than fits. */
export async function committedAnswer(
  services: Services,
  asked: Asked,
  result: CommitResult,
): Promise<ReservationView> {
  switch (result.outcome) {
    case 'committed':
      return viewOf(result.reservation);
    case 'refused':
      throw await refusalOf(services, asked, result);
    case 'conflict':
      throw new AppError('conflict', 'The reservation was committed with another quantity.');
    case 'unknown':
      throw noSuchReservation();
    default:
      throw closed(result.outcome);
  }
}

/** @throws AppError not_found; reservation_closed if it was committed. */
export function releasedAnswer(result: ReleaseResult): ReservationView {
  if (result.outcome === 'unknown') throw noSuchReservation();
  if (result.outcome === 'committed') throw closed(result.outcome);
  return viewOf(result.reservation);
}

const noSuchReservation = () => new AppError('not_found', 'There is no such reservation in this organization.');
const closed = (how: Closed) => new AppError('reservation_closed', `The reservation is ${how} already.`);

async function refusalOf(
  { quotaGate, planCatalogue, clock, env }: Services,
  { organizationId, livemode, units }: Asked,
  refusal: Refused,
): Promise<AppError> {
  const atMs = clock.now().getTime();
  const [entitlements, plans] = await Promise.all([
    quotaGate.entitlements(organizationId, atMs),
    planCatalogue.plans(),
  ]);
  const denial = reservationDenialOf({ refusal, cost: units, livemode, entitlements, plans });
  return quotaRefusal(denial, env.APP_URL, atMs);
}
