'use client';

import Link from 'next/link';
import { useEffect, useState } from 'react';
import { type BillingRunFailure } from '@/billing/contracts';
import { type Problem, toProblem } from '@/ui/http/problem';
import { Notice } from '@/ui/notice';
import { Skeleton } from '@/ui/skeleton';
import { fetchRun } from './admin-billing-api';
import { INVOICES_PAGE } from './admin-billing-header';

/** What failed in a run, and why. Read when it is opened: there may be a thousand. */
export function RunFailures({ runId }: { runId: string }) {
  const [read, setRead] = useState<{ failures: BillingRunFailure[] } | { problem: Problem } | null>(null);
  useEffect(() => {
    let gone = false;
    void fetchRun(runId)
      .then(({ failures }) => ({ failures }))
      .catch((error: unknown) => ({ problem: toProblem(error) }))
      .then((answer) => void (gone || setRead(answer)));
    return () => void (gone = true);
  }, [runId]);
  if (read === null)
    return (
      <div role="status" aria-busy="true">
        <span className="sr-only">Loading what failed</span>
        <Skeleton className="h-4 w-64 max-w-full" />
      </div>
    );
  if ('problem' in read)
    return (
      <Notice tone="bad" role="alert">
        {read.problem.message}
      </Notice>
    );
  return (
    <ul
      aria-label="What failed"
      className="max-h-80 space-y-2 overflow-y-auto rounded-md border bg-canvas px-3 py-2.5"
      tabIndex={0}
    >
      {read.failures.map(({ organization_id, reason, at }) => (
        <li key={`${organization_id} ${at}`} className="[overflow-wrap:anywhere]">
          <Link
            href={`${INVOICES_PAGE}?organization=${organization_id}`}
            className="font-mono text-xs text-accent hover:underline"
          >
            {organization_id}
          </Link>
          <span className="block text-ink-2">{reason}</span>
        </li>
      ))}
    </ul>
  );
}
