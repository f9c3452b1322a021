import { type PlanVersion } from '@/plans/contracts';
import { Exact } from '@/rating';
import { type PeriodPhase } from '../period/period-phases';
import { type PeriodInput } from '../period/price-period';

/**
 * A period as it would have been had the draft held wherever a version of its plan did. Pure.
 *
 * What was included beyond the plan is kept: with the draft, it is what the draft includes + (what was included − what the plan
 * of the phase included), e.g. 1,000 + (600 − 500) where 100 units were granted. Where the plan's own number does not count,
 * because an override stands in its place, what was included stays.
 * @param overridden the metrics for which the organization has an override, as it is today: earlier ones are not kept.
 */
export function underDraft(input: PeriodInput, draft: PlanVersion, overridden: ReadonlySet<string>): PeriodInput {
  return {
    ...input,
    phases: input.phases.map((phase) =>
      phase.plan.planKey === draft.planKey ? redrafted(phase, draft, overridden) : phase,
    ),
  };
}

function redrafted(phase: PeriodPhase, draft: PlanVersion, overridden: ReadonlySet<string>): PeriodPhase {
  const usage = new Map(
    [...phase.usage].map(([metric, used]) => {
      const included = overridden.has(metric) ? used.included : includedUnder(used.included, metric, phase.plan, draft);
      return [metric, { ...used, included }] as const;
    }),
  );
  return { ...phase, plan: draft, usage };
}

type Included = NonNullable<ReturnType<PeriodPhase['usage']['get']>>['included'];

function includedUnder(frozen: Included, metric: string, plan: PlanVersion, draft: PlanVersion): Included {
  const before = plan.limits.get(metric)?.included ?? null;
  const then = draft.limits.get(metric)?.included ?? null;
  if (then === null || before === null) return then;
  // The plan had a number, so that without one an override must have stood in its place.
  if (frozen === null) return null;
  return Exact.max(0, new Exact(frozen).minus(before).plus(then));
}
