'use client';

import { Card } from '@/ui/card';
import { cx } from '@/ui/cx';
import { formatInstant } from '@/ui/format-time';
import { Notice } from '@/ui/notice';
import { RelativeTime } from '@/ui/relative-time';
import { CountedMetrics } from './counted-metrics';
import { byUrgency } from './quota-levels';
import { QuotaRow } from './quota-row';
import { useQuotas } from './quotas-provider';

/** How much of the period's quotas is used, a bar for each metric that the plan limits. */
export function QuotasPanel() {
  const { snapshot, stale, problem, overagePrices } = useQuotas();
  const { plan, period, livemode, data } = snapshot.quotas;
  const limited = data.filter(({ included }) => included !== null).sort(byUrgency);
  const counted = data.filter(({ included }) => included === null);
  return (
    <Card
      title={livemode ? 'Quotas' : 'Quotas of test keys'}
      note={
        <>
          {plan.name} · new period <RelativeTime at={period.to} />
        </>
      }
    >
      {problem && (
        <div className="px-4 pb-3">
          <Notice tone="warn" role="status">
            From {formatInstant(snapshot.readAt)}. {problem.message}
          </Notice>
        </div>
      )}
      <div aria-busy={stale} className={cx('transition-opacity', stale && 'opacity-50')}>
        {limited.length === 0 ? (
          <p className="px-4 pb-4 text-sm text-ink-3">{plan.name} limits no metric.</p>
        ) : (
          <ul>
            {limited.map((quota) => (
              <QuotaRow
                key={quota.metric}
                quota={quota}
                periodEnd={period.to}
                overage={livemode ? overagePrices[quota.metric] : undefined}
              />
            ))}
          </ul>
        )}
        <CountedMetrics quotas={counted} />
      </div>
    </Card>
  );
}
