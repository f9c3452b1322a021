import { type ChangeSubscriptionInput, type PlanView, type SubscriptionView } from '@/plans/contracts';
import { planRows } from './plan-rows';

/** What choosing a plan means for a subscription. */
export type PlanChange =
  | { kind: 'present' }
  /** Chosen already, for the end of the period. */
  | { kind: 'pending' }
  | { kind: 'upgrade'; input: ChangeSubscriptionInput }
  | { kind: 'downgrade'; input: ChangeSubscriptionInput }
  /** Back to the lowest plan. */
  | { kind: 'cancel'; input: ChangeSubscriptionInput };

/** What happens if this plan is chosen now. */
export function planChange(
  { plan: present, pending_change: pending }: SubscriptionView,
  chosen: PlanView,
  plans: readonly PlanView[],
): PlanChange {
  if (chosen.key === present.key) return { kind: 'present' };
  if (chosen.key === pending?.plan) return { kind: 'pending' };
  if (chosen.rank > present.rank) return { kind: 'upgrade', input: { plan: chosen.key } };
  const lowest = plans.every(({ rank }) => rank >= chosen.rank);
  return lowest
    ? { kind: 'cancel', input: { cancel_at_period_end: true } }
    : { kind: 'downgrade', input: { plan: chosen.key } };
}

const wordsOf = (cell: ReturnType<ReturnType<typeof planRows>[number]['rows'][number]['cellOf']>): string =>
  typeof cell === 'boolean' ? (cell ? 'yes' : 'no') : cell.text;

/** What differs between two plans, row by row in words: `Documents: 500 → 2,000`. */
export const planDifferences = (
  from: PlanView,
  to: PlanView,
): { key: string; label: string; from: string; to: string }[] =>
  planRows([from, to])
    .flatMap(({ rows }) => rows)
    .map(({ key, label, cellOf }) => ({ key, label, from: wordsOf(cellOf(from)), to: wordsOf(cellOf(to)) }))
    .filter((row) => row.from !== row.to);
