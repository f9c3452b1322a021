'use client';

import { useState } from 'react';
import {
  type BillingAccountView,
  type InvoiceList,
  type PaymentView,
  type UpcomingInvoice,
  type UsageOverage,
} from '@/billing/contracts';
import { type SubscriptionView } from '@/plans/contracts';
import { SpendCapCard } from '@/plans/ui/spend-cap-card';
import { PageHeader } from '@/ui/page-header';
import { BilledPlanCard } from './billed-plan-card';
import { BillingDetailsCard } from './billing-details-card';
import { CheckoutNotice } from './checkout-notice';
import { InvoicesCard } from './invoices-card';
import { PaymentCard, type PaymentTerms } from './payment-card';
import { type CheckoutReturn, isPaidThere } from './payment-words';
import { SpendMeter } from './spend-meter';
import { type Read, UpcomingCard } from './upcoming-card';

/** What the period comes to, what was billed, and how it is paid. */
export function BillingPanel({
  organizationName,
  subscription: initial,
  upcoming,
  overage,
  invoices,
  owner,
  returned,
  metricNames,
  readAt,
}: {
  organizationName: string;
  subscription: SubscriptionView;
  upcoming: Read<UpcomingInvoice>;
  overage: Read<UsageOverage>;
  invoices: InvoiceList;
  /** What owners and admins see and change; null for members. */
  owner: { account: BillingAccountView; payment: PaymentView; terms: PaymentTerms } | null;
  /** Where they come back from; null: not from Stripe. */
  returned: CheckoutReturn | null;
  /** By metric. */
  metricNames: Readonly<Record<string, string>>;
  /** ISO. */
  readAt: string;
}) {
  const [subscription, setSubscription] = useState(initial);
  const [payment, setPayment] = useState(owner?.payment ?? null);
  return (
    <>
      <PageHeader title="Billing" note="What this period comes to, and what was billed." />
      {returned && payment && (
        <CheckoutNotice
          returned={returned}
          payment={payment}
          subscription={subscription}
          onRead={(nowPaid, nowSubscribed) => {
            setPayment(nowPaid);
            setSubscription(nowSubscribed);
          }}
        />
      )}
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_20rem]">
        <div className="min-w-0 space-y-4">
          <UpcomingCard
            key={subscription.plan.key}
            initial={upcoming}
            isStale={subscription.plan.key !== initial.plan.key}
            isFeeElsewhere={payment !== null && isPaidThere(payment)}
            metricNames={metricNames}
          />
          <InvoicesCard
            initial={invoices}
            now={readAt}
            firstOn={'value' in upcoming ? upcoming.value.issued_from : null}
          />
        </div>
        <div className="min-w-0 space-y-4">
          <BilledPlanCard subscription={subscription} />
          <SpendCapCard
            subscription={subscription}
            mayChange={owner !== null}
            meter={'value' in overage && <SpendMeter overage={overage.value} cap={subscription.spend_cap} />}
            onChanged={setSubscription}
          />
          {owner && payment && (
            <PaymentCard
              payment={payment}
              plan={subscription.plan}
              account={owner.account}
              terms={owner.terms}
              now={readAt}
            />
          )}
          {owner && <BillingDetailsCard initial={owner.account} organizationName={organizationName} />}
        </div>
      </div>
    </>
  );
}
