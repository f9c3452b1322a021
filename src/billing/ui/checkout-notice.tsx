'use client';

import Link from 'next/link';
import { useState } from 'react';
import { type PaymentView } from '@/billing/contracts';
import { type SubscriptionView } from '@/plans/contracts';
import { fetchSubscription } from '@/plans/ui/plan-api';
import { Notice } from '@/ui/notice';
import { useRefresh } from '@/ui/use-refresh';
import { fetchPayment } from './billing-api';
import { type CheckoutReturn, isPaidThere } from './payment-words';

const ASKED_MS = 2_000;
/** After so many answers people are told that it takes longer than usual, and it is asked more seldom. */
const PATIENT = 30;
const SLOW_MS = 10_000;

interface Props {
  payment: PaymentView;
  subscription: SubscriptionView;
  /** What is read anew while Stripe's word is awaited. */
  onRead: (payment: PaymentView, subscription: SubscriptionView) => void;
}

/** Says to who comes back from Stripe's page what holds: the plan follows from what Stripe tells, not from their return. */
export function CheckoutNotice({ returned, ...props }: Props & { returned: CheckoutReturn }) {
  if (!props.payment.enabled) return null;
  return (
    <div className="mb-4">
      {returned === 'canceled' ? (
        <Notice role="status">
          The payment was left: nothing was charged, and {props.subscription.plan.name} stays your plan.{' '}
          <Link href="/plans" className="font-medium whitespace-nowrap underline">
            Compare plans
          </Link>
        </Notice>
      ) : isPaidThere(props.payment) ? (
        <Notice tone="good" role="status">
          The payment is confirmed: {props.subscription.plan.name} is your plan.
        </Notice>
      ) : (
        <Awaited {...props} />
      )}
    </div>
  );
}

function Awaited({ subscription, onRead }: Props) {
  const [asked, setAsked] = useState(0);
  const isSlow = asked >= PATIENT;
  useRefresh('checkout', false, {
    read: async (signal) => {
      const payment = await fetchPayment(signal);
      return { payment, subscription: await fetchSubscription(signal) };
    },
    show: (read) => {
      setAsked((times) => times + 1);
      onRead(read.payment, read.subscription);
    },
    everyMs: isSlow ? SLOW_MS : ASKED_MS,
  });
  return (
    <Notice role="status">
      {isSlow
        ? 'Stripe has not confirmed the payment yet; this can take minutes with some ways to pay. Nothing more is to be done: the plan changes by itself.'
        : `Waiting for Stripe to confirm the payment. Until then ${subscription.plan.name} holds; the plan changes by itself, usually within seconds.`}
    </Notice>
  );
}
