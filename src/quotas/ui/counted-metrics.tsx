'use client';

import { useState } from 'react';
import { type QuotaView } from '@/quotas/contracts';
import { Button } from '@/ui/button';
import { formatExactQuantity, formatQuantity } from '@/ui/format-quantity';

/** Metrics that are counted and not limited. Those not used yet are shown on demand. */
export function CountedMetrics({ quotas }: { quotas: readonly QuotaView[] }) {
  const [all, setAll] = useState(false);
  const used = quotas.filter((quota) => Number(quota.used) > 0);
  const shown = all ? quotas : used;
  if (quotas.length === 0) return null;
  return (
    <div className="border-t">
      <h3 className="px-4 pt-3 pb-1 text-xs font-medium text-ink-3">Counted, not limited</h3>
      {shown.length === 0 && <p className="px-4 pb-2 text-xs text-ink-3">None of these was used in this period.</p>}
      <ul className="px-4 pb-1.5">
        {shown.map(({ metric, name, used: quantity, unit }) => (
          <li key={metric} className="flex items-baseline justify-between gap-4 py-0.5 text-sm">
            <span className="min-w-0 truncate" title={`${name} (${metric})`}>
              {name}
            </span>
            <span className="shrink-0 text-ink-2" title={formatExactQuantity(quantity, unit)}>
              {formatQuantity(quantity, unit)}
            </span>
          </li>
        ))}
      </ul>
      {quotas.length > used.length && (
        <div className="border-t px-2 py-1.5">
          <Button variant="ghost" size="sm" aria-expanded={all} onClick={() => setAll(!all)}>
            {all ? 'Show used metrics only' : `Show all ${quotas.length}`}
          </Button>
        </div>
      )}
    </div>
  );
}
