'use client';

import { useSearchParams } from 'next/navigation';
import { type ReactNode } from 'react';
import { type FeatureOffer } from '@/plans/contracts';
import { PlanOffer } from '@/plans/ui/plan-offer';
import { Card } from '@/ui/card';
import { cx } from '@/ui/cx';
import { formatDate, formatInstant } from '@/ui/format-time';
import { Notice } from '@/ui/notice';
import { PageHeader } from '@/ui/page-header';
import { Segmented } from '@/ui/segmented';
import { EndpointsTable } from './endpoints-table';
import { ExportMenu } from './export-menu';
import { FirstCall } from './first-call';
import { KpiTiles } from './kpi-tiles';
import { LiveMark } from './live-mark';
import { RequestsChart } from './requests-chart';
import { CountryShares, MethodShares, StatusShares } from './share-cards';
import { addressOf, MODES, RANGES, selectionFrom, type UsageSelection } from './usage-selection';
import { type UsageSnapshot } from './usage-snapshot';
import { useUsage } from './use-usage';

/** The usage page: what was called, how it went, and from where; it keeps itself up to date. */
export function UsageDashboard({
  initial,
  initialSelection,
  apiUrl,
  outlook,
  forecast,
  quotas,
  offers,
}: {
  initial: UsageSnapshot;
  initialSelection: UsageSelection;
  /** Public address of this installation, for the sample call. */
  apiUrl: string;
  /** What needs attention, shown above the figures. */
  outlook: ReactNode;
  /** How the period is expected to go on, shown below the chart. */
  forecast: ReactNode;
  /** How much of the period's quotas is used, shown beside the chart. */
  quotas: ReactNode;
  /** What the plan lacks, and which has it. */
  offers: { export: FeatureOffer | null; endpoints: FeatureOffer | null };
}) {
  const parameters = useSearchParams();
  const selection = selectionFrom((name) => parameters.get(name));
  const { snapshot, stale, problem } = useUsage(selection, initialSelection, initial);
  // Next follows the address without asking the server again: the numbers come over HTTP.
  const select = (change: Partial<UsageSelection>) =>
    window.history.replaceState(null, '', window.location.pathname + addressOf({ ...selection, ...change }));

  const { history, stats, current } = snapshot;
  const nothingYet = stats.requests === 0 && current.metrics.every((metric) => metric.events === 0);
  return (
    <>
      <PageHeader
        title="Usage"
        note={
          <span className="flex flex-wrap items-center gap-x-3">
            <Period from={history.period.from} to={history.period.to} />
            <LiveMark readAt={snapshot.readAt} failed={problem !== null} />
          </span>
        }
        actions={
          <>
            <Segmented
              label="Kind of keys"
              value={selection.mode}
              options={MODES}
              onChange={(mode) => select({ mode })}
            />
            <Segmented label="Range" value={selection.range} options={RANGES} onChange={(range) => select({ range })} />
            <ExportMenu selection={selection} offer={offers.export} />
          </>
        }
      />
      {problem && (
        <div className="mb-4">
          <Notice tone="warn" role="status">
            The numbers below are from {formatInstant(snapshot.readAt)}. {problem.message}{' '}
            {problem.status === 401 && (
              <a href="/sign-in?next=/usage" className="font-medium underline">
                Sign in again
              </a>
            )}
          </Notice>
        </div>
      )}
      <div className="space-y-4">
        {outlook}
        <div aria-busy={stale} className={cx('space-y-4 transition-opacity', stale && 'opacity-50')}>
          {nothingYet ? (
            <FirstCall apiUrl={apiUrl} mode={selection.mode} />
          ) : (
            <KpiTiles stats={stats} trends={snapshot.trends} history={history} />
          )}
          {/* Two stacks side by side: what is taller than its neighbour leaves no hole. On small screens the quotas come second. */}
          <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,1fr)_22rem] xl:grid-rows-[auto_1fr]">
            <div className="grid min-w-0 gap-4">
              <RequestsChart history={history} />
              {forecast}
            </div>
            <div className="grid items-start gap-4 md:grid-cols-2 xl:col-start-2 xl:row-span-2 xl:row-start-1 xl:grid-cols-1">
              {quotas}
              {!nothingYet && <MethodShares shares={stats.by_method} total={stats.requests} />}
            </div>
            {!nothingYet && <Breakdowns snapshot={snapshot} offer={offers.endpoints} />}
          </div>
        </div>
      </div>
    </>
  );
}

const Breakdowns = ({
  snapshot: { stats, endpoints },
  offer,
}: {
  snapshot: UsageSnapshot;
  offer: FeatureOffer | null;
}) => (
  <div className="grid min-w-0 gap-4">
    {endpoints && <EndpointsTable endpoints={endpoints.endpoints} total={stats.requests} />}
    {offer && (
      <Card title="Endpoints">
        <div className="px-4 pb-4">
          <PlanOffer offer={offer} what="usage by endpoint" />
        </div>
      </Card>
    )}
    <div className="grid items-start gap-4 md:grid-cols-2">
      <CountryShares shares={stats.by_country} total={stats.requests} />
      <StatusShares shares={stats.by_status} total={stats.requests} />
    </div>
  </div>
);

/** The end of a range is not part of it: a range to midnight ends on the day before. */
const Period = ({ from, to }: { from: string; to: string }) => (
  <span>
    {formatDate(from)} – {formatDate(new Date(to).getTime() - 1)} <span className="text-xs">UTC</span>
  </span>
);
