import { AppError } from '@/kernel/errors';
import { checkPlanVersion } from './check-plan-version';
import { type NewPlanVersion, type PlanVersion } from './contracts';
import { type Metric } from './metric-catalogue';

/**
 * The next version of a plan as it would be, without publishing it. Its id is of no version that there is.
 * @param newest the plan's newest version.
 * @throws AppError invalid_request, with one issue per field that is wrong: `draft.limits.0.price`.
 */
export function draftVersion(
  newest: PlanVersion,
  terms: Omit<NewPlanVersion, 'plan_key'>,
  metrics: ReadonlyMap<string, Metric>,
): PlanVersion {
  const { planKey, planName, rank, version } = newest;
  const { limits, ...fields } = checked({ ...terms, plan_key: planKey }, metrics);
  return {
    ...fields,
    id: 'draft',
    planName,
    rank,
    version: version + 1,
    limits: new Map(limits.map((limit) => [limit.metric, limit])),
  };
}

function checked(input: NewPlanVersion, metrics: ReadonlyMap<string, Metric>) {
  try {
    return checkPlanVersion(input, metrics);
  } catch (cause) {
    if (!(cause instanceof AppError) || cause.issues.length === 0) throw cause;
    const issues = cause.issues.map(({ field, message }) => ({ field: `draft.${field}`, message }));
    const message = issues.map((issue) => `${issue.field}: ${issue.message}`).join('; ');
    throw new AppError('invalid_request', message, { cause, issues });
  }
}
