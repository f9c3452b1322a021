'use client';

import { type ReactNode } from 'react';
import { type PlanView, type SubscriptionView } from '@/plans/contracts';
import { ConfirmDialog } from '@/ui/confirm-dialog';
import { formatMoney } from '@/ui/format-money';
import { formatDate } from '@/ui/format-time';
import { goTo } from '@/ui/go-to';
import { Problem } from '@/ui/http/problem';
import { changeSubscription } from './plan-api';
import { type PlanChange, planDifferences } from './plan-change';

/** A change of plan that can be asked for. */
export type ChoosablePlanChange = Exclude<PlanChange, { kind: 'present' | 'pending' }>;

/** What changes, before it is agreed to: upgrades happen at once, everything else at the end of the period. */
export function ChangePlanDialog({
  subscription,
  plan,
  change,
  cost,
  isPaidFirst,
  onClose,
  onChanged,
}: {
  subscription: SubscriptionView;
  plan: PlanView;
  change: ChoosablePlanChange;
  /** What it costs now, with the next invoice and from then on, where that is known. */
  cost: ReactNode;
  /** Whether a plan that costs more holds only once it is paid. */
  isPaidFirst: boolean;
  onClose: () => void;
  onChanged: (subscription: SubscriptionView) => void;
}) {
  const { plan: present, period } = subscription;
  const upgrade = change.kind === 'upgrade';
  const endsAt = formatDate(period.to);
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      tone={upgrade ? 'primary' : 'danger'}
      title={
        upgrade
          ? `Upgrade to ${plan.name}?`
          : change.kind === 'cancel'
            ? `Cancel ${present.name}?`
            : `Downgrade to ${plan.name}?`
      }
      confirmLabel={
        upgrade
          ? isPaidFirst
            ? 'Upgrade and pay'
            : 'Upgrade now'
          : change.kind === 'cancel'
            ? 'Cancel plan'
            : 'Downgrade'
      }
      onConfirm={async () => {
        const changed = await changeOrCheckOut(change.input);
        if (changed) onChanged(changed);
      }}
    >
      {upgrade && isPaidFirst ? (
        <p>
          <strong className="font-semibold text-ink">Once it is paid:</strong> the new limits hold as soon as Stripe has
          confirmed the payment, on whose page you give a payment method if there is none yet. The period goes on until{' '}
          {endsAt}, and what it has used so far counts towards them.
        </p>
      ) : upgrade ? (
        <p>
          <strong className="font-semibold text-ink">At once:</strong> the new limits hold within a second. The period
          goes on until {endsAt}, and what it has used so far counts towards them.
        </p>
      ) : (
        <p>
          <strong className="font-semibold text-ink">On {endsAt}:</strong> until then {present.name} stays as it is. You
          can take it back any time before.
        </p>
      )}
      <p>
        {plan.name} costs {formatMoney(plan.price, plan.currency)} a month instead of{' '}
        {formatMoney(present.price, present.currency)}.
      </p>
      {cost}
      <Differences from={present} to={plan} />
    </ConfirmDialog>
  );
}

/** @returns the subscription as it is then; null: it is to be paid first, on a page that is being opened. */
async function changeOrCheckOut(input: ChoosablePlanChange['input']): Promise<SubscriptionView | null> {
  try {
    return await changeSubscription(input);
  } catch (error) {
    if (!(error instanceof Problem) || error.checkoutUrl === null) throw error;
    goTo(error.checkoutUrl);
    return null;
  }
}

const Differences = ({ from, to }: { from: PlanView; to: PlanView }) => (
  <ul className="rounded-md border text-xs">
    {planDifferences(from, to).map((row) => (
      <li key={row.key} className="flex flex-wrap justify-between gap-x-4 border-t px-3 py-1.5 first:border-t-0">
        <span>{row.label}</span>
        <span>
          {row.from} <span aria-label="becomes">→</span> <span className="font-medium text-ink">{row.to}</span>
        </span>
      </li>
    ))}
  </ul>
);
