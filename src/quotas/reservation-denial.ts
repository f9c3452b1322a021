import { type Entitlements, type PlanVersion } from '@/plans/contracts';
import { type QuotaDenial } from './contracts';
import { denialOf, ruleOf } from './gate/decide-quota';
import { type ReservationRefusal } from './quota-reservations';

/** How a refused reservation reads: as the denial of a call that needs as much. */
export function reservationDenialOf({
  refusal: { metric, reason, terms },
  livemode,
  ...given
}: {
  refusal: ReservationRefusal;
  /** Units that were asked for in all. */
  cost: number;
  livemode: boolean;
  entitlements: Entitlements;
  plans: readonly PlanVersion[];
}): QuotaDenial {
  const { limits, testLimits, spendCapMinor } = given.entitlements;
  const limit = (livemode ? limits : testLimits).get(metric);
  return denialOf({
    ...given,
    reason,
    metric,
    livemode,
    // Without one, what the process knows is older than the refusal.
    rule: limit ? ruleOf(limit, spendCapMinor) : { kind: 'unbounded' },
    terms,
  });
}
