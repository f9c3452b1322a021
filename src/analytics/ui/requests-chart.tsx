'use client';

import { useMemo } from 'react';
import { type UsageHistory } from '@/analytics/contracts';
import { type Series } from '@/ui/charts/series';
import { TimeSeries } from '@/ui/charts/time-series';

const STATUS_CLASSES: readonly Series[] = [
  { key: 'successes', label: '2xx/3xx', color: 'var(--chart-ok)' },
  { key: 'client_errors', label: '4xx', color: 'var(--chart-client)' },
  { key: 'server_errors', label: '5xx', color: 'var(--chart-server)' },
];

/** Requests over time by the class of their status. */
export function RequestsChart({ history }: { history: UsageHistory }) {
  const points = useMemo(
    () =>
      history.points.map(({ at, successes, client_errors, server_errors }) => ({
        at,
        values: { successes, client_errors, server_errors },
      })),
    [history],
  );
  return (
    <TimeSeries
      title="Requests"
      note={`per ${history.interval}, UTC`}
      points={points}
      interval={history.interval}
      series={STATUS_CLASSES}
      totalLabel="All"
      whenEmpty="No requests in this range"
    />
  );
}
