import { type PlanView } from '@/plans/contracts';
import { formatMoney } from '@/ui/format-money';

/** What a plan costs. */
export const PlanPrice = ({ plan: { price, currency } }: { plan: PlanView }) => (
  <p className="whitespace-nowrap">
    <span className="text-xl font-semibold tracking-[-0.02em]">{formatMoney(price, currency)}</span>{' '}
    <span className="text-xs text-ink-3">a month</span>
  </p>
);
