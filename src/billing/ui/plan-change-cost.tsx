'use client';

import { type ReactNode, useEffect, useState } from 'react';
import { type PlanChangePreview } from '@/billing/contracts';
import { type PlanView } from '@/plans/contracts';
import { priceWords } from '@/plans/ui/price-words';
import { formatSum } from '@/ui/format-money';
import { formatDate } from '@/ui/format-time';
import { toProblem } from '@/ui/http/problem';
import { Notice } from '@/ui/notice';
import { Skeleton } from '@/ui/skeleton';
import { fetchPlanChange } from './billing-api';
import { type Read } from './upcoming-card';

/** What a change of plan costs: now, with the next invoice, from then on, and for each unit beyond what is included. */
export function PlanChangeCost({ plan }: { plan: PlanView }) {
  const [read, setRead] = useState<Read<PlanChangePreview> | null>(null);
  useEffect(() => {
    const aborter = new AbortController();
    fetchPlanChange(plan.key, aborter.signal).then(
      (value) => setRead({ value }),
      (error: unknown) => {
        if (!aborter.signal.aborted) setRead({ problem: toProblem(error).message });
      },
    );
    return () => aborter.abort();
  }, [plan.key]);
  if (read === null)
    return (
      <div role="status" aria-busy="true" className="space-y-2.5 rounded-md border px-3 py-3">
        <span className="sr-only">Working out what it costs</span>
        <Skeleton className="h-4 w-full" />
        <Skeleton className="h-4 w-full" />
        <Skeleton className="h-4 w-2/3" />
      </div>
    );
  if ('problem' in read) return <Notice tone="warn">What it costs could not be worked out. {read.problem}</Notice>;
  return <Cost preview={read.value} plan={plan} />;
}

function Cost({ preview, plan }: { preview: PlanChangePreview; plan: PlanView }) {
  const { currency, next_invoice: next, price, payment } = preview;
  const priced = plan.limits.flatMap(({ metric, name, price: each }) => (each ? [{ metric, name, each }] : []));
  const changes = next.projected_total !== next.projected_total_without;
  return (
    <dl className="divide-y rounded-md border text-sm text-ink">
      <Row label="Now" value={formatSum(preview.due_now, currency)}>
        {dueWords(preview)}
      </Row>
      <Row label={`Next invoice, ${formatDate(next.issued_from)}`} value={formatSum(next.fees_total, currency)}>
        {next.fees.length === 0 ? (
          'No fee.'
        ) : (
          <ul>
            {next.fees.map(({ description, amount }) => (
              <li key={description} className="flex justify-between gap-4">
                <span>{description}</span>
                <span className="shrink-0">{formatSum(amount, currency)}</span>
              </li>
            ))}
          </ul>
        )}
        <p className="mt-0.5">
          With overage about {formatSum(next.projected_total, currency)}
          {changes && `, instead of ${formatSum(next.projected_total_without, currency)}`}.
        </p>
      </Row>
      <Row label="Each month after that" value={formatSum(price, plan.currency)}>
        {Number(price) === 0
          ? 'No fee.'
          : payment === 'with_invoices'
            ? 'And overage, if any.'
            : 'In advance, with the overage of the month before, if any.'}
      </Row>
      {priced.length > 0 && (
        <Row label="Beyond what is included" value="">
          <ul>
            {priced.map(({ metric, name, each }) => (
              <li key={metric} className="flex justify-between gap-4">
                <span>{name}</span>
                <span className="text-right">{priceWords(each, plan.currency)}</span>
              </li>
            ))}
          </ul>
        </Row>
      )}
    </dl>
  );
}

function dueWords({ payment, due_now }: PlanChangePreview): string {
  if (payment === 'with_invoices' || Number(due_now) === 0) return 'Nothing is charged with the change.';
  const what =
    payment === 'checkout' ? 'For what is left of this period.' : 'The difference for what is left of this period.';
  return `${what} Stripe counts by the second, and adds taxes where there are any.`;
}

const Row = ({ label, value, children }: { label: string; value: string; children: ReactNode }) => (
  <div className="px-3 py-2">
    <dt className="flex justify-between gap-4">
      <span className="text-ink-2">{label}</span>
      <span className="shrink-0 font-semibold">{value}</span>
    </dt>
    <dd className="text-xs text-ink-3">{children}</dd>
  </div>
);
