import { leastDistanceKm } from './country-places';
import { type KeyCall, type KeyHistory } from './key-calls';
import { type Finding } from './risk';

/** An airliner with the wind behind it. */
const FASTEST_KM_PER_HOUR = 1000;
/** Where countries are is known to some hundred kilometres. */
const LEAST_KM = 500;
/** A country from which a key was used on two days is one where it belongs: a service in two regions calls from both at once. */
const DAYS_TO_BELONG = 2;

/**
 * Two calls from countries between which nobody travels that fast, of which at least one is not where the key belongs. Twice the speed is as strong as any.
 * @param calls in order of time.
 */
export function impossibleTravel(calls: readonly KeyCall[], { daysByCountry }: KeyHistory): Finding | null {
  const belongs = (country: string): boolean => (daysByCountry.get(country) ?? 0) >= DAYS_TO_BELONG;
  const latest = new Map<string, number>();
  let worst: { strength: number; from: string; to: string; km: number; minutes: number } | undefined;
  for (const { atMs, country } of calls) {
    if (country === null) continue;
    for (const [from, fromMs] of latest) {
      if (belongs(from) && belongs(country)) continue;
      const km = leastDistanceKm(from, country);
      const minutes = (atMs - fromMs) / 60_000;
      const strength = km < LEAST_KM ? 0 : Math.min(1, km / (FASTEST_KM_PER_HOUR * (minutes / 60)) - 1);
      if (strength > (worst?.strength ?? 0)) worst = { strength, from, to: country, km, minutes };
    }
    latest.set(country, atMs);
  }
  if (!worst) return null;
  const { strength, from, to, km, minutes } = worst;
  const says = `a call from ${from} and, ${Math.round(minutes)} minutes later, one from ${to}: at least ${Math.round(km)} km`;
  return { name: 'impossible_travel', strength, says };
}
