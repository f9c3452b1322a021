import { type Counter, LIMIT, type Load, type QuotaFleet } from './quota-fleet';
import { type QuotaFindings } from './quota-verdict';

/** What a scenario is run with: attempts of all processes together, and what they cost, one after the other. */
export type QuotaLoad = Pick<Load, 'attempts' | 'costs'>;

/** The most of a limit that calls of these costs can use. */
export function mostThatFits(limit: number, costs: readonly number[]): number {
  const least = Math.min(...costs);
  return limit - (limit % least);
}

/**
 * A load in two parts: one that wants twice the quota within two seconds, so that something can happen meanwhile, and the rest as
 * fast as it can, which takes what is left.
 */
export function inTwoParts({ attempts, costs }: QuotaLoad): { first: Load; rest: Load } {
  const mean = costs.reduce((sum, cost) => sum + cost, 0) / costs.length;
  const begun = Math.min(attempts, Math.ceil((2 * LIMIT) / mean));
  return { first: { attempts: begun, costs, overMs: 2_000 }, rest: { attempts: attempts - begun, costs } };
}

/** Adds that all of what was granted is counted and recorded, and that nothing is lent any more. */
export async function expectSettled(
  findings: QuotaFindings,
  fleet: QuotaFleet,
  organizationId: string,
  { used, recorded = used, at }: { used: number; recorded?: number; at?: Date },
): Promise<void> {
  const wanted: Counter = { used, leased: 0, recorded };
  const isWanted = (counter: Counter) =>
    (Object.keys(wanted) as (keyof Counter)[]).every((key) => counter[key] === wanted[key]);
  const counter = await fleet.counterWhen(organizationId, isWanted, at);
  findings.must(`the counter says ${JSON.stringify(counter)}, not ${JSON.stringify(wanted)}`, isWanted(counter));
}

/** Units that a load asks for. */
export function unitsOfLoad({ attempts, costs }: QuotaLoad): number {
  let units = 0;
  for (let number = 0; number < attempts; number += 1) units += costs[number % costs.length]!;
  return units;
}
