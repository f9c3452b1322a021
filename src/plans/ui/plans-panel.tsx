'use client';

import { type ReactNode, useState } from 'react';
import { type PlanView, type SubscriptionView } from '@/plans/contracts';
import { Card } from '@/ui/card';
import { PageHeader } from '@/ui/page-header';
import { type ChoosablePlanChange, ChangePlanDialog } from './change-plan-dialog';
import { PlanCard } from './plan-card';
import { planChange } from './plan-change';
import { PlanChoice } from './plan-choice';
import { PlanTable } from './plan-table';
import { SpendCapCard } from './spend-cap-card';
import { SubscriptionCard } from './subscription-card';

/** The plans side by side, the present one marked, and the ways to another one. */
export function PlansPanel({
  plans: newest,
  initial,
  mayChange,
  costOf,
  isPaidFirst = false,
}: {
  /** The newest version of each plan, by rank. */
  plans: readonly PlanView[];
  initial: SubscriptionView;
  /** Whether this person changes plan and spend cap; the server decides again. */
  mayChange: boolean;
  /** What choosing a plan costs, in the dialog that asks. */
  costOf?: (plan: PlanView) => ReactNode;
  /** Whether a plan that costs more holds only once it is paid; else it is settled with invoices. */
  isPaidFirst?: boolean;
}) {
  const [subscription, setSubscription] = useState(initial);
  const [asked, setAsked] = useState<{ plan: PlanView; change: ChoosablePlanChange } | null>(null);
  const { plan: present, pending_change: pending } = subscription;

  // Who is on an older version of a plan stays there, and sees what holds for them.
  const plans = newest.map((plan) => (plan.key === present.key ? present : plan));
  const choose = (plan: PlanView) => {
    const change = planChange(subscription, plan, plans);
    if (change.kind !== 'present' && change.kind !== 'pending') setAsked({ plan, change });
  };
  const choiceOf = (plan: PlanView) => (
    <PlanChoice
      plan={plan}
      change={planChange(subscription, plan, plans)}
      pendingAt={pending?.at}
      mayChange={mayChange}
      onChoose={() => choose(plan)}
    />
  );
  const lowest = plans[0];
  const cancel = lowest && lowest.key !== present.key ? () => choose(lowest) : undefined;
  return (
    <>
      <PageHeader title="Plans" note="What a month includes, what more of it costs, and how fast calls may come." />
      <div className="space-y-4">
        <div className="grid items-stretch gap-4 lg:grid-cols-2">
          <SubscriptionCard
            subscription={subscription}
            mayChange={mayChange}
            onChanged={setSubscription}
            onCancel={cancel}
          />
          <SpendCapCard subscription={subscription} mayChange={mayChange} onChanged={setSubscription} />
        </div>
        <Card title="Compare plans">
          <div className="hidden border-t lg:block">
            <PlanTable plans={plans} present={present.key} choiceOf={choiceOf} />
          </div>
          <div className="border-t lg:hidden">
            <PlanCard plans={plans} present={present.key} choiceOf={choiceOf} />
          </div>
        </Card>
      </div>
      {asked && (
        <ChangePlanDialog
          subscription={subscription}
          plan={asked.plan}
          change={asked.change}
          cost={costOf?.(asked.plan)}
          isPaidFirst={isPaidFirst}
          onClose={() => setAsked(null)}
          onChanged={setSubscription}
        />
      )}
    </>
  );
}
