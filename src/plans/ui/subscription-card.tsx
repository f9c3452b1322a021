'use client';

import { type SubscriptionView } from '@/plans/contracts';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { formatMoney } from '@/ui/format-money';
import { formatExactQuantity, formatQuantity } from '@/ui/format-quantity';
import { formatDate, formatDay } from '@/ui/format-time';
import { Notice } from '@/ui/notice';
import { RelativeTime } from '@/ui/relative-time';
import { useAction } from '@/ui/use-action';
import { changeSubscription } from './plan-api';

/** The present plan, its period, what is about to change, and what was agreed beyond the plan. */
export function SubscriptionCard({
  subscription,
  mayChange,
  onChanged,
  onCancel,
}: {
  subscription: SubscriptionView;
  mayChange: boolean;
  onChanged: (subscription: SubscriptionView) => void;
  /** Absent where there is nothing to cancel. */
  onCancel: (() => void) | undefined;
}) {
  const { plan, period, pending_change: pending } = subscription;
  const resume = useAction(async () => onChanged(await changeSubscription({ cancel_at_period_end: false })));
  return (
    <Card
      title="Your plan"
      actions={
        mayChange &&
        pending === null &&
        onCancel && (
          <Button size="sm" variant="ghost" onClick={onCancel}>
            Cancel plan
          </Button>
        )
      }
    >
      <div className="space-y-3 px-4 pb-4">
        <div>
          <p className="flex flex-wrap items-baseline gap-x-2">
            <span className="text-xl font-semibold tracking-[-0.02em]">{plan.name}</span>
            <span className="text-sm text-ink-2">{formatMoney(plan.price, plan.currency)} a month</span>
          </p>
          <p className="text-sm text-ink-3">
            This period: {formatDay(period.from)} – {formatDate(Date.parse(period.to) - 1)} UTC; the next one starts{' '}
            <RelativeTime at={period.to} />.
          </p>
        </div>
        {pending && (
          <Notice tone="warn" role="status">
            <div className="flex flex-wrap items-center justify-between gap-2">
              <p>
                <strong className="font-semibold">
                  {pending.name} from {formatDay(pending.at)}.
                </strong>{' '}
                Until then {plan.name} stays as it is.
              </p>
              {mayChange && (
                <Button size="sm" pending={resume.pending} onClick={() => void resume.run()}>
                  Keep {plan.name}
                </Button>
              )}
            </div>
          </Notice>
        )}
        {resume.problem && (
          <Notice tone="bad" role="alert">
            {resume.problem.message}
          </Notice>
        )}
        <Agreements limits={subscription.limits} />
        {!mayChange && <p className="text-xs text-ink-3">Owners and admins change the plan.</p>}
      </div>
    </Card>
  );
}

function Agreements({ limits }: Pick<SubscriptionView, 'limits'>) {
  const agreed = limits.filter(({ overridden, granted }) => overridden || granted > 0);
  if (agreed.length === 0) return null;
  return (
    <ul aria-label="Agreed beyond the plan" className="space-y-1 text-sm">
      {agreed.map(({ metric, name, unit, included, overridden, granted }) => (
        <li key={metric} className="flex flex-wrap items-center gap-x-2">
          <Badge>{overridden ? 'By agreement' : 'Extra'}</Badge>
          <span>
            {name}:{' '}
            {included === null ? (
              'unlimited'
            ) : (
              <span title={formatExactQuantity(included, unit)}>{formatQuantity(included, unit)} included</span>
            )}
            {granted > 0 && `, ${formatQuantity(granted, unit)} of them extra`}
          </span>
        </li>
      ))}
    </ul>
  );
}
