'use client';

import { RotateCw } from 'lucide-react';
import { useEffect, useEffectEvent, useState } from 'react';
import { type UpcomingInvoice } from '@/billing/contracts';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { formatSum } from '@/ui/format-money';
import { formatDate, formatHour } from '@/ui/format-time';
import { Notice } from '@/ui/notice';
import { useAction } from '@/ui/use-action';
import { fetchUpcoming } from './billing-api';
import { lastDay, periodWords } from './invoice-words';
import { UpcomingLines } from './upcoming-lines';
import { upcomingRows } from './upcoming-rows';

/** Something that was read for the page, or why it could not be. */
export type Read<T> = { value: T } | { problem: string };

/** What the running period comes to: so far, and at its end if use goes on like this. */
export function UpcomingCard({
  initial,
  isStale = false,
  isFeeElsewhere = false,
  metricNames,
}: {
  initial: Read<UpcomingInvoice>;
  /** Whether it was read under another plan: it is read again then. */
  isStale?: boolean;
  /** Whether the fee of the plan is charged at Stripe. */
  isFeeElsewhere?: boolean;
  metricNames: Readonly<Record<string, string>>;
}) {
  const [read, setRead] = useState(initial);
  const again = useAction(async () => setRead({ value: await fetchUpcoming() }));
  const readAgain = useEffectEvent(() => void again.run());
  useEffect(() => {
    if (isStale) readAgain();
  }, [isStale]);
  const invoice = 'value' in read ? read.value : null;
  const problem = again.problem?.message ?? ('problem' in read ? read.problem : null);
  return (
    <Card
      title="This period"
      note={invoice && `${periodWords(invoice.period.from, invoice.period.to)} UTC`}
      actions={
        <Button
          variant="ghost"
          size="icon"
          aria-label="Read the next invoice again"
          pending={again.pending}
          onClick={() => void again.run()}
        >
          <RotateCw aria-hidden className="size-3.5" />
        </Button>
      }
      footer={
        invoice && (
          <p>
            The invoice is made on {formatDate(invoice.issued_from)}, from {formatHour(invoice.issued_from)} UTC on.
            Taxes are not counted in{isFeeElsewhere && ', nor is what Stripe charges for the plan in advance'}.
          </p>
        )
      }
    >
      {problem !== null && (
        <div className="px-4 pb-4">
          <Notice tone="bad" role="alert">
            <p>What this period comes to could not be worked out. {problem}</p>
            <Button size="sm" className="mt-2" pending={again.pending} onClick={() => void again.run()}>
              Try again
            </Button>
          </Notice>
        </div>
      )}
      {invoice && <Upcoming invoice={invoice} metricNames={metricNames} />}
    </Card>
  );
}

function Upcoming({
  invoice,
  metricNames,
}: {
  invoice: UpcomingInvoice;
  metricNames: Readonly<Record<string, string>>;
}) {
  const { currency, projected } = invoice;
  const rows = upcomingRows(invoice, metricNames);
  return (
    <>
      <dl className="flex flex-wrap gap-x-12 gap-y-3 px-4 pt-1 pb-4">
        <div>
          <dt className="text-xs text-ink-3">So far</dt>
          <dd className="text-2xl font-semibold tracking-[-0.02em]">{formatSum(invoice.total, currency)}</dd>
        </div>
        <div>
          <dt className="text-xs text-ink-3">Projected for {lastDay(invoice.period.to)}</dt>
          <dd className="text-2xl font-medium tracking-[-0.02em] text-ink-2">{formatSum(projected.total, currency)}</dd>
        </div>
      </dl>
      {rows.length === 0 ? (
        <p className="border-t px-4 py-6 text-center text-sm text-ink-3">
          Nothing was used yet, and the plan costs nothing: there is nothing to bill.
        </p>
      ) : (
        <UpcomingLines rows={rows} currency={currency} />
      )}
    </>
  );
}
