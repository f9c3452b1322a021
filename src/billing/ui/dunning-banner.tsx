import { CircleAlert } from 'lucide-react';
import Link from 'next/link';
import { type BillingAccountView, type InvoiceSummary } from '@/billing/contracts';
import { Button } from '@/ui/button';
import { formatSum } from '@/ui/format-money';
import { formatDate } from '@/ui/format-time';
import { invoicePath } from './billing-api';
import { graceEnd } from './dunning-steps';
import { amountDue } from './invoice-words';

/**
 * Says on every page that a payment failed, what follows and what to do; nothing where all is well. It stays until it is paid.
 * @param dunningDays after how many days the limits of the free plan hold
 */
export function DunningBanner({
  account: { failing_since, restricted_at },
  unpaid,
  dunningDays,
}: {
  account: BillingAccountView;
  /** The oldest invoice whose payment failed; null where it is not known. */
  unpaid: InvoiceSummary | null;
  dunningDays: number;
}) {
  if (failing_since === null) return null;
  const until = graceEnd(failing_since, dunningDays);
  return (
    <section
      aria-label="A payment failed"
      className="mb-5 flex flex-wrap items-center justify-between gap-x-8 gap-y-3 rounded-xl bg-bad-soft px-4 py-3"
    >
      <div className="flex min-w-0 flex-[1_1_24rem] gap-2.5">
        <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-bad" />
        <p className="min-w-0 text-sm text-ink-2">
          <strong className="font-semibold text-ink">
            {unpaid
              ? `The payment of ${formatSum(amountDue(unpaid), unpaid.currency)} for invoice ${unpaid.number} failed.`
              : 'A payment failed.'}
          </strong>{' '}
          {restricted_at === null
            ? `Pay it by ${until}; from then on the limits of the free plan hold until it is paid.`
            : `Since ${formatDate(restricted_at)} the limits of the free plan hold. Your plan comes back as soon as it is paid.`}
        </p>
      </div>
      <div className="flex flex-wrap items-center gap-2">
        {unpaid && unpaid.payment_url !== null && (
          <Button asChild size="sm" variant="primary">
            <a href={unpaid.payment_url}>Pay now</a>
          </Button>
        )}
        <Button asChild size="sm">
          <Link href={unpaid ? invoicePath(unpaid.id) : '/billing'}>{unpaid ? 'Look at the invoice' : 'Billing'}</Link>
        </Button>
      </div>
    </section>
  );
}
