import Link from 'next/link';
import { type SubscriptionView } from '@/plans/contracts';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { formatMoney } from '@/ui/format-money';
import { formatDate } from '@/ui/format-time';

/** The plan that is paid for, and what it changes to by itself. */
export function BilledPlanCard({
  subscription: { plan, period, pending_change: pending },
}: {
  subscription: SubscriptionView;
}) {
  return (
    <Card
      title="Plan"
      actions={
        <Button asChild size="sm">
          <Link href="/plans">Compare plans</Link>
        </Button>
      }
    >
      <div className="space-y-1 px-4 pb-4">
        <p className="flex flex-wrap items-baseline gap-x-2">
          <span className="text-xl font-semibold tracking-[-0.02em]">{plan.name}</span>
          <span className="text-sm text-ink-2">{formatMoney(plan.price, plan.currency)} a month</span>
        </p>
        <p className="text-sm text-ink-3">
          {pending ? (
            <>
              <span className="font-medium text-warn">{pending.name}</span> from {formatDate(pending.at)} on.
            </>
          ) : (
            <>Goes on by itself on {formatDate(period.to)}.</>
          )}
        </p>
      </div>
    </Card>
  );
}
