import { type BillingAccountView } from '@/billing/contracts';
import { formatDate } from '@/ui/format-time';
import { Notice } from '@/ui/notice';

const DAY_MS = 86_400_000;

/** When the limits of the free plan begin to hold for who does not pay. */
export const graceEnd = (failingSince: string, dunningDays: number): string =>
  formatDate(Date.parse(failingSince) + dunningDays * DAY_MS);

/** After a payment that failed: how long all goes on, and what to do. Nothing where all is well. */
export function DunningSteps({
  account: { failing_since, restricted_at },
  dunningDays,
  isAtStripe,
}: {
  account: BillingAccountView;
  dunningDays: number;
  isAtStripe: boolean;
}) {
  if (failing_since === null) return null;
  return (
    <Notice tone={restricted_at === null ? 'warn' : 'bad'}>
      <p>
        <strong className="font-semibold">A payment failed on {formatDate(failing_since)}.</strong>{' '}
        {restricted_at === null
          ? `Until ${graceEnd(failing_since, dunningDays)} your plan holds as before, then the limits of the free plan.`
          : `Since ${formatDate(restricted_at)} the limits of the free plan hold. Your plan comes back by itself as soon as nothing is open.`}
      </p>
      <ul className="mt-1 list-disc space-y-0.5 pl-4">
        {isAtStripe && <li>Change the payment method, if it is the reason.</li>}
        <li>Pay the invoices that are marked “Payment failed”.</li>
      </ul>
    </Notice>
  );
}
