/** Reservations over HTTP: outcomes become answers or the errors that callers know. */
import { AppError } from '@/kernel/errors';
import { type CommitResult, type ReleaseResult, type ReserveResult } from '@/quotas';
import { type ReservationView } from '@/quotas/contracts';
import { quotaRefusal } from './limit-refusal';
import { type Services } from './services';

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

/** What was asked for: whose, of what, and how much. */
interface Asked {
  organizationId: string;
  /** Null where only the reservation knows. */
  metric: string | null;
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
  { quotaGate, clock, env }: Services,
  { organizationId, metric, units }: Asked,
  { reason, terms }: Refused,
): Promise<AppError> {
  const atMs = clock.now().getTime();
  const { plan, period } = await quotaGate.entitlements(organizationId, atMs);
  const limitUnits = terms?.limitUnits ?? null;
  const denial = {
    limit: reason,
    metric: metric ?? 'the reserved metric',
    used: terms?.used ?? null,
    limitUnits,
    cost: units,
    resetAtMs: (terms?.periodEnd ?? period.to).getTime(),
    planKey: plan.planKey,
    upgradeTo: null,
    paymentOnly: limitUnits !== null && units > limitUnits,
  };
  return quotaRefusal(denial, env.APP_URL, atMs);
}
