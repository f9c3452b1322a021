'use client';

import { useState } from 'react';
import { type CurrentUsage } from '@/analytics/contracts';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { formatBytes, formatCompact, formatExact } from '@/ui/format-number';
import { formatDay } from '@/ui/format-time';
import { pluralUnit } from './plural-unit';

type Metric = CurrentUsage['metrics'][number];

const AGGREGATION_WORDS = {
  sum: 'sum',
  count: 'count',
  max: 'highest value',
  last: 'latest value',
  unique: 'distinct values',
} as const;

/** The metrics of the present period with quantity and unit. Those not used in it are shown on demand. */
export function MetricsList({ current: { period, metrics } }: { current: CurrentUsage }) {
  const [all, setAll] = useState(false);
  const used = metrics.filter((metric) => metric.events > 0);
  const shown = all ? metrics : used;
  return (
    <Card title="This period" note={`${formatDay(period.from)} – ${formatDay(new Date(period.to).getTime() - 1)}, UTC`}>
      {shown.length === 0 && <p className="px-4 pb-4 text-sm text-ink-3">Nothing was counted yet.</p>}
      {shown.length > 0 && (
        <ul>
          {shown.map((metric) => (
            <MetricRow key={metric.metric} metric={metric} />
          ))}
        </ul>
      )}
      {metrics.length > used.length && (
        <div className="border-t px-2 py-1.5">
          <Button variant="ghost" size="sm" aria-expanded={all} onClick={() => setAll(!all)}>
            {all ? 'Show used metrics only' : `Show all ${metrics.length} metrics`}
          </Button>
        </div>
      )}
    </Card>
  );
}

function MetricRow({ metric: { metric, name, unit, aggregation, quantity } }: { metric: Metric }) {
  // Bytes take the unit that fits.
  const [number, word] =
    unit === 'byte' || unit === 'bytes'
      ? formatBytes(quantity).split(' ')
      : [formatCompact(quantity), pluralUnit(unit, quantity)];
  return (
    <li className="flex items-center justify-between gap-4 border-t px-4 py-2">
      <div className="min-w-0">
        <p className="truncate text-sm font-medium" title={name}>
          {name}
        </p>
        <p className="truncate text-xs text-ink-3">
          <span className="font-mono text-2xs">{metric}</span> · {AGGREGATION_WORDS[aggregation]}
        </p>
      </div>
      <p
        className="max-w-[50%] shrink-0 truncate text-right"
        title={`${formatExact(quantity)} ${pluralUnit(unit, quantity)}`}
      >
        <span className="text-base font-semibold">{number}</span> <span className="text-xs text-ink-3">{word}</span>
      </p>
    </li>
  );
}
