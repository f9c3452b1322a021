import { type ReactNode } from 'react';
import { type UsageHistory, type UsageStats, type UsageTrends } from '@/analytics/contracts';
import { cx } from '@/ui/cx';
import { formatBytes, formatChange, formatCompact, formatExact, formatMs, formatPercent } from '@/ui/format-number';
import { SparkLine } from '@/ui/spark-line';

/** The four numbers of the range, each against the range before. */
export function KpiTiles({
  stats,
  trends,
  history,
}: {
  stats: UsageStats;
  trends: UsageTrends;
  history: UsageHistory;
}) {
  const { points } = history;
  const { requests, errors } = trends;
  const rateBefore = requests.previous === 0 ? null : errors.previous / requests.previous;
  return (
    <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-xl border bg-line shadow-lift lg:grid-cols-4">
      <Tile
        label="Requests"
        value={formatCompact(stats.requests)}
        exact={formatExact(stats.requests)}
        change={<Change {...requests} />}
        spark={<SparkLine values={points.map((point) => point.requests)} color="var(--chart-ok)" />}
      />
      <Tile
        label="Error rate"
        value={formatPercent(stats.error_rate)}
        exact={`${formatExact(stats.client_errors)} client errors, ${formatExact(stats.server_errors)} server errors`}
        change={
          <Change
            current={stats.error_rate}
            change={rateBefore === null || rateBefore === 0 ? null : stats.error_rate / rateBefore - 1}
            rising="bad"
          />
        }
        spark={
          <SparkLine
            values={points.map(({ requests: all, client_errors, server_errors }) =>
              all === 0 ? 0 : (client_errors + server_errors) / all,
            )}
            color="var(--chart-server)"
          />
        }
      />
      <Tile
        label="Latency p95"
        value={formatMs(stats.latency.p95_ms)}
        exact={`95 of 100 requests were answered within ${formatMs(stats.latency.p95_ms)}`}
        change={<Change {...trends.mean_latency_ms} rising="bad" of="mean" />}
        spark={
          <p className="flex h-6 items-end gap-4 text-xs text-ink-3">
            <span>
              p50 <span className="font-medium text-ink-2">{formatMs(stats.latency.p50_ms)}</span>
            </span>
            <span>
              p99 <span className="font-medium text-ink-2">{formatMs(stats.latency.p99_ms)}</span>
            </span>
          </p>
        }
      />
      <Tile
        label="Data out"
        value={formatBytes(stats.response_bytes)}
        exact={`${formatExact(stats.response_bytes)} bytes out, ${formatExact(stats.request_bytes)} bytes in`}
        change={<Change {...trends.response_bytes} current={Number(trends.response_bytes.current)} />}
        spark={<SparkLine values={points.map((point) => Number(point.response_bytes))} color="var(--chart-ok)" />}
      />
    </dl>
  );
}

function Tile(props: { label: string; value: string; exact: string; change: ReactNode; spark: ReactNode }) {
  return (
    <div className="flex min-w-0 flex-col bg-surface px-4 pt-3 pb-3">
      <dt className="text-xs font-medium text-ink-3">{props.label}</dt>
      <dd className="mt-0.5 flex flex-wrap items-baseline gap-x-2">
        <span className="text-xl font-semibold tracking-[-0.02em] sm:text-2xl" title={props.exact}>
          {props.value}
        </span>
        {props.change}
      </dd>
      <dd className="mt-2">{props.spark}</dd>
    </div>
  );
}

/** Beside colour the sign tells the direction. Less than half a per cent is no change worth a colour. */
function Change({
  current,
  change,
  rising = 'neutral',
  of,
}: {
  current: number;
  change: number | null;
  /** Whether growth is bad news. */
  rising?: 'bad' | 'neutral';
  /** What has changed, where it is not the number beside it. */
  of?: string;
}) {
  if (change === null) return current > 0 && <span className="text-xs text-ink-3">new</span>;
  const tone = rising === 'neutral' || Math.abs(change) < 0.005 ? 'text-ink-3' : change > 0 ? 'text-bad' : 'text-good';
  return (
    <span className={cx('text-xs font-medium', tone)} title="Against the range before">
      {of && `${of} `}
      {formatChange(change)}
      <span className="sr-only"> against the range before</span>
    </span>
  );
}
