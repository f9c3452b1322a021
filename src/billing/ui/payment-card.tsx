'use client';

import { type BillingAccountView, type PaymentView } from '@/billing/contracts';
import { type PlanView } from '@/plans/contracts';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { FormProblem } from '@/ui/form';
import { goTo } from '@/ui/go-to';
import { useAction } from '@/ui/use-action';
import { openCheckout, openPortal } from './billing-api';
import { DunningSteps } from './dunning-steps';
import { expiryOf, feeWords, mayCheckOut, methodWords } from './payment-words';

/** What pages tell of payments beside what Stripe said. */
export interface PaymentTerms {
  /** Days from an invoice to when it is due. */
  paymentDays: number;
  /** Days after a failed payment until the limits of the free plan hold. */
  dunningDays: number;
}

interface Props {
  payment: PaymentView;
  plan: PlanView;
  account: BillingAccountView;
  terms: PaymentTerms;
  /** ISO. */
  now: string;
}

/** How the organization pays, and the ways to Stripe where payments go through it. For owners and admins. */
export function PaymentCard(props: Props) {
  const { payment, account, terms } = props;
  return (
    <Card title="Payment">
      <div className="space-y-3 px-4 pb-4 text-sm [overflow-wrap:anywhere]">
        <DunningSteps account={account} dunningDays={terms.dunningDays} isAtStripe={payment.enabled} />
        {payment.enabled ? <PaidAtStripe {...props} /> : <PaidOutside days={terms.paymentDays} />}
      </div>
    </Card>
  );
}

const PaidOutside = ({ days }: { days: number }) => (
  <p className="text-ink-2">
    Each invoice is sent by e-mail and paid outside of this page, as it says: by bank transfer, for example. It is due{' '}
    {days === 1 ? 'a day' : `${days} days`} after it was issued, and shown as paid once the money has come.
  </p>
);

function PaidAtStripe({ payment, plan, account, now }: Props) {
  const portal = useAction(async () => goTo((await openPortal()).url));
  const checkout = useAction(async () => goTo((await openCheckout(plan.key)).url));
  const method = payment.payment_method;
  const expiry = method && expiryOf(method, now);
  const isFree = Number(plan.price) === 0;
  // What is open is settled first: a subscription would not pay it.
  const buys = !isFree && account.failing_since === null && mayCheckOut(payment);
  return (
    <>
      <dl className="space-y-3">
        <div>
          <dt className="text-xs text-ink-3">Payment method</dt>
          <dd>
            {method ? (
              <>
                <span className="font-medium">{methodWords(method)}</span>
                {expiry && (
                  <span className="block text-ink-2">
                    {expiry.isOver ? <Badge tone="bad">{expiry.words}</Badge> : expiry.words}
                  </span>
                )}
              </>
            ) : (
              <span className="text-ink-2">None yet. Stripe asks for one with the first payment.</span>
            )}
          </dd>
        </div>
        <div>
          <dt className="text-xs text-ink-3">Plan</dt>
          <dd className="text-ink-2">{feeWords(payment, { name: plan.name, isFree })}</dd>
        </div>
      </dl>
      <FormProblem problem={checkout.problem ?? portal.problem} />
      <div className="flex flex-wrap gap-2">
        {buys && (
          <Button variant="primary" pending={checkout.pending} onClick={() => void checkout.run()}>
            Pay for {plan.name}
          </Button>
        )}
        <Button pending={portal.pending} onClick={() => void portal.run()}>
          {method ? 'Change payment method' : 'Add a payment method'}
        </Button>
      </div>
      <p className="text-xs text-ink-3">Payment methods, receipts and payments are kept at Stripe.</p>
    </>
  );
}
