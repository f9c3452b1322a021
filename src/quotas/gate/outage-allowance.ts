import { outageAllowance } from './decide-quota';
import { type StoreOutage } from './store-outage';

const WITHOUT_OUTAGE_MS = 60_000;

/** Decides in the store's place, where a metric's policy is to allow: so many units per pool and outage, and no more. */
export interface OutageAllowance {
  /** @param subject what is counted for: a pool, or a limit that has none */
  allows(subject: object, lastLease: number, units: number): boolean;
}

export function createOutageAllowance({
  outage,
  monotonicMs,
}: {
  outage: StoreOutage;
  monotonicMs: () => number;
}): OutageAllowance {
  const given = new WeakMap<object, { during: number; units: number }>();
  return {
    allows(subject, lastLease, units) {
      // Without an outage a single question had no answer; what that allows is counted by the minute.
      const during = outage.sinceMs() ?? -Math.floor(monotonicMs() / WITHOUT_OUTAGE_MS);
      const known = given.get(subject);
      const before = known?.during === during ? known.units : 0;
      if (before + units > outageAllowance(lastLease)) return false;
      given.set(subject, { during, units: before + units });
      return true;
    },
  };
}
