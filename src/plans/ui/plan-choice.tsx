import { type PlanView } from '@/plans/contracts';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { formatDay } from '@/ui/format-time';
import { type PlanChange } from './plan-change';

/** The state of one plan for this organization, and the button that chooses it where that may be done. */
export function PlanChoice({
  plan,
  change,
  pendingAt,
  mayChange,
  onChoose,
}: {
  plan: PlanView;
  change: PlanChange;
  /** When the pending change happens. */
  pendingAt: string | undefined;
  mayChange: boolean;
  onChoose: () => void;
}) {
  if (change.kind === 'present') return <Badge tone="accent">Your plan</Badge>;
  if (change.kind === 'pending' && pendingAt !== undefined)
    return <Badge tone="warn">From {formatDay(pendingAt)}</Badge>;
  if (!mayChange) return null;
  const upgrade = change.kind === 'upgrade';
  return (
    <Button
      size="sm"
      variant={upgrade ? 'primary' : 'secondary'}
      aria-label={`${upgrade ? 'Upgrade' : 'Downgrade'} to ${plan.name}`}
      onClick={onChoose}
    >
      {upgrade ? 'Upgrade' : 'Downgrade'}
    </Button>
  );
}
