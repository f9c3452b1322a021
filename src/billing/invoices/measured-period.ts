import { type PlanCatalogue } from '@/plans';
import { type PlanVersion } from '@/plans/contracts';
import { type PeriodPhase } from '../period/period-phases';
import { type PeriodInput } from '../period/price-period';
import { type LineDraft } from '../period/line-draft';
import { type FeeBy, type MeasuredPeriod, type PhaseUsage } from './phase-usage-queries';

const FEE = { invoice: 'due', stripe: 'elsewhere', none: 'trial' } as const satisfies Record<FeeBy, PeriodPhase['fee']>;

/** What a period is priced from: its phases with their plans, and what was used in each. */
export async function periodInput(
  catalogue: PlanCatalogue,
  { phases, usage }: MeasuredPeriod,
  period: { from: Date; to: Date },
  currency: string | null,
): Promise<PeriodInput> {
  const plans = new Map<string, PlanVersion>();
  for (const { planVersionId } of phases) plans.set(planVersionId, await catalogue.version(planVersionId));
  return {
    period,
    currency,
    metrics: await catalogue.metrics(),
    phases: phases.map(({ startsAt, endsAt, planVersionId, fee }) => ({
      startsAt,
      endsAt,
      plan: plans.get(planVersionId)!,
      fee: FEE[fee],
      usage: new Map(
        usage
          .filter((used) => used.startsAt.getTime() === startsAt.getTime())
          .map(({ metric, quantity, included }) => [metric, { quantity, included }]),
      ),
    })),
  };
}

/** What the events of a line are counted up to, and how many there are. */
export interface LineEvidence {
  events: number;
  /** As Postgres writes it, with microseconds. */
  storedThrough: string;
}

/**
 * The evidence of a line; null of one that counts nothing. A line may cover several phases of one plan. (Texts of instants in UTC
 * are ordered as the instants are.)
 */
export function evidenceOf(line: LineDraft, usage: readonly PhaseUsage[], cutoff: string): LineEvidence | null {
  if (line.kind !== 'usage' && line.kind !== 'adjustment') return null;
  const counted = usage.filter(
    ({ metric, startsAt }) => metric === line.metric && startsAt >= line.from && startsAt < line.to,
  );
  return {
    events: counted.reduce((sum, { events }) => sum + events, 0),
    storedThrough: counted.reduce(
      (latest, { storedThrough }) => (storedThrough > latest ? storedThrough : latest),
      cutoff,
    ),
  };
}
