'use client';

import { ChevronRight } from 'lucide-react';
import { useState } from 'react';
import { type BillingRunView } from '@/billing/contracts';
import { Badge, type Tone } from '@/ui/badge';
import { formatSum } from '@/ui/format-money';
import { formatExact } from '@/ui/format-number';
import { formatInstant } from '@/ui/format-time';
import { pluralUnit } from '@/ui/plural-unit';
import { RelativeTime } from '@/ui/relative-time';
import { RunFailures } from './run-failures';
import { RunProgress } from './run-progress';

const STATES = {
  running: { word: 'Running', tone: 'accent' },
  done: { word: 'Done', tone: 'good' },
  stopped: { word: 'Stopped', tone: 'warn' },
  failed: { word: 'Failed', tone: 'bad' },
} as const satisfies Record<BillingRunView['status'], { word: string; tone: Tone }>;

/** One run, folded: how it went; opened, what it did and what failed in it. */
export function RunRow({ run }: { run: BillingRunView }) {
  const [open, setOpen] = useState(false);
  const { word, tone } = STATES[run.status];
  return (
    <li className="border-t">
      <details className="group" onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary className="flex min-h-11 list-none items-center gap-3 px-4 py-2 hover:bg-canvas focus-visible:-outline-offset-2 dark:hover:bg-sunken/50 [&::-webkit-details-marker]:hidden">
          <ChevronRight
            aria-hidden
            className="size-3.5 shrink-0 text-ink-3 transition-transform group-open:rotate-90"
          />
          <span className="min-w-0 flex-1">
            <span className="font-medium">{formatInstant(run.started_at)}</span>
            <span className="block text-xs text-ink-3">{outcomeWords(run)}</span>
          </span>
          <span className="flex shrink-0 flex-col items-end gap-1 sm:flex-row sm:items-center sm:gap-3">
            {run.failed > 0 && <Badge tone="bad">{formatExact(run.failed)} failed</Badge>}
            {run.dry_run && <Badge tone="outline">Dry run</Badge>}
            <Badge tone={tone}>{word}</Badge>
          </span>
        </summary>
        <div className="space-y-3 px-4 pb-4 pl-10.5 text-sm">
          <RunFigures run={run} />
          {run.reason !== null && <p className="text-bad [overflow-wrap:anywhere]">{run.reason}</p>}
          {open && run.failed > 0 && <RunFailures key={run.failed} runId={run.id} />}
        </div>
      </details>
      {run.status === 'running' && <RunProgress run={run} />}
    </li>
  );
}

/** `12 invoices, $1,204.50; 3 periods without one` */
function outcomeWords({ dry_run, invoiced, skipped, amounts }: BillingRunView): string {
  const sums = Object.entries(amounts).map(([currency, amount]) => formatSum(amount, currency));
  const made = `${formatExact(invoiced)} ${pluralUnit('invoice', invoiced)}${dry_run ? ' due' : ''}`;
  const none = skipped > 0 ? `; ${formatExact(skipped)} ${pluralUnit('period', skipped)} that came to nothing` : '';
  return `${[made, ...sums].join(', ')}${none}`;
}

function RunFigures({ run }: { run: BillingRunView }) {
  const figures: [string, React.ReactNode][] = [
    ['Bills for', formatInstant(run.at)],
    ['Begun by', run.started_by],
    ['Last heard of', <RelativeTime key="heard" at={run.heartbeat_at} />],
    ['Ended', run.ended_at === null ? 'Not yet' : formatInstant(run.ended_at)],
    ['Organizations', `${formatExact(run.processed)} of ${formatExact(run.due)} that were due`],
  ];
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1">
      {figures.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-ink-3">{name}</dt>
          <dd className="text-ink-2 [overflow-wrap:anywhere]">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
