import { type InvoiceSummary } from '@/billing/contracts';
import { cx } from '@/ui/cx';
import { formatDate, formatInstant } from '@/ui/format-time';

interface Step {
  word: string;
  at: string;
  tone: 'plain' | 'good' | 'bad';
}

function stepsOf(invoice: InvoiceSummary): Step[] {
  const step = (word: string, at: string | null, tone: Step['tone'] = 'plain'): Step[] =>
    at === null ? [] : [{ word, at, tone }];
  const open = invoice.paid_at === null && invoice.voided_at === null;
  return [
    ...step('Period ended', invoice.period_end),
    ...step('Issued', invoice.finalized_at),
    ...step('Sent', invoice.sent_at),
    ...step('Payment failed', invoice.failed_at, 'bad'),
    ...step('Paid', invoice.paid_at, 'good'),
    ...step('Voided', invoice.voided_at, 'bad'),
    ...(open ? step('Due', invoice.due_at) : []),
  ].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

const DOTS = { plain: 'bg-ink-3', good: 'bg-good', bad: 'bg-bad' } as const;

/** What happened to an invoice, and what is to happen. @param now ISO */
export const InvoiceTimeline = ({ invoice, now }: { invoice: InvoiceSummary; now: string }) => (
  <ol className="px-4 pb-4">
    {stepsOf(invoice).map(({ word, at, tone }, place, steps) => {
      const past = Date.parse(at) <= Date.parse(now);
      return (
        <li key={word} className="relative flex gap-3 pb-3 last:pb-0">
          {place < steps.length - 1 && (
            <span aria-hidden className="absolute top-3 bottom-[-0.25rem] left-[0.1875rem] w-px bg-line-strong" />
          )}
          <span
            aria-hidden
            className={cx(
              'z-10 mt-1.5 size-[0.4375rem] shrink-0 rounded-full',
              past ? DOTS[tone] : 'border border-ink-3 bg-surface',
            )}
          />
          <span className="flex min-w-0 flex-1 flex-wrap justify-between gap-x-3">
            <span className={cx(past ? 'font-medium' : 'text-ink-2')}>{word}</span>
            <time dateTime={at} title={formatInstant(at)} className="text-ink-3">
              {formatDate(at)}
            </time>
          </span>
        </li>
      );
    })}
  </ol>
);
