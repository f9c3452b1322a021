'use client';

import { useMemo, useState } from 'react';
import { type UsageByEndpoint } from '@/analytics/contracts';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { cx } from '@/ui/cx';
import { formatBytes, formatCompact, formatExact, formatMs, formatPercent } from '@/ui/format-number';
import { type Sort, SortHeader, sortRows } from '@/ui/sort-header';
import { Table, Td, Tr } from '@/ui/table';

type Endpoint = UsageByEndpoint['endpoints'][number];

const COLUMNS = {
  route: (row: Endpoint) => row.route,
  requests: (row: Endpoint) => row.requests,
  error_rate: (row: Endpoint) => row.error_rate,
  p50: (row: Endpoint) => row.latency.p50_ms,
  p95: (row: Endpoint) => row.latency.p95_ms,
  p99: (row: Endpoint) => row.latency.p99_ms,
  bytes: (row: Endpoint) => Number(row.response_bytes),
};
type Column = keyof typeof COLUMNS;

const SHOWN_AT_FIRST = 10;
/** From this share of failed requests on the number is coloured. */
const NOTABLE_ERROR_RATE = 0.05;

/** The busiest endpoints, how often they fail and how long they take. Sortable by every column. */
export function EndpointsTable({ endpoints, total }: { endpoints: readonly Endpoint[]; total: number }) {
  const [sort, setSort] = useState<Sort<Column>>({ key: 'requests', direction: 'descending' });
  const [all, setAll] = useState(false);
  const rows = useMemo(() => sortRows(endpoints, COLUMNS[sort.key], sort), [endpoints, sort]);
  const shown = all ? rows : rows.slice(0, SHOWN_AT_FIRST);
  const head = { sort, onSort: setSort };
  return (
    <Card title="Endpoints" note={endpoints.length > 0 ? formatExact(endpoints.length) : undefined}>
      {endpoints.length === 0 ? (
        <p className="px-4 pb-4 text-sm text-ink-3">No endpoint was called in this range.</p>
      ) : (
        <Table label="Endpoints by requests, errors and latency">
          <thead>
            <tr>
              <SortHeader column="route" align="left" {...head}>
                Route
              </SortHeader>
              <SortHeader column="requests" {...head}>
                Requests
              </SortHeader>
              <SortHeader column="error_rate" {...head}>
                Errors
              </SortHeader>
              <SortHeader column="p50" {...head}>
                p50
              </SortHeader>
              <SortHeader column="p95" {...head}>
                p95
              </SortHeader>
              <SortHeader column="p99" {...head}>
                p99
              </SortHeader>
              <SortHeader column="bytes" {...head}>
                Data out
              </SortHeader>
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <EndpointRow key={row.route} row={row} total={total} />
            ))}
          </tbody>
        </Table>
      )}
      {rows.length > SHOWN_AT_FIRST && (
        <div className="border-t px-2 py-1.5">
          <Button variant="ghost" size="sm" aria-expanded={all} onClick={() => setAll(!all)}>
            {all ? 'Show fewer' : `Show all ${formatExact(rows.length)}`}
          </Button>
        </div>
      )}
    </Card>
  );
}

function EndpointRow({ row, total }: { row: Endpoint; total: number }) {
  const share = total === 0 ? 0 : row.requests / total;
  return (
    <Tr>
      {/* The width of 0 with a full maximum lets the route take what the numbers leave, and no more. */}
      <Td className="w-full max-w-0 min-w-40">
        <div className="truncate font-mono text-xs" title={row.route}>
          {row.route}
        </div>
      </Td>
      <Td align="right" title={`${formatExact(row.requests)} requests, ${formatPercent(share)} of all`}>
        <span className="flex items-center justify-end gap-2">
          <span aria-hidden className="h-1.5 w-14 overflow-hidden rounded-full bg-sunken">
            <span className="block h-full rounded-full bg-(--chart-ok)" style={{ width: `${share * 100}%` }} />
          </span>
          <span className="min-w-12">{formatCompact(row.requests)}</span>
        </span>
      </Td>
      <Td
        align="right"
        title={`${formatExact(row.errors)} errors`}
        className={cx(row.errors === 0 ? 'text-ink-3' : row.error_rate >= NOTABLE_ERROR_RATE && 'font-medium text-bad')}
      >
        {formatPercent(row.error_rate)}
      </Td>
      <Td align="right" className="text-ink-2">
        {formatMs(row.latency.p50_ms)}
      </Td>
      <Td align="right">{formatMs(row.latency.p95_ms)}</Td>
      <Td align="right" className="text-ink-2">
        {formatMs(row.latency.p99_ms)}
      </Td>
      <Td align="right" className="text-ink-2" title={`${formatExact(row.response_bytes)} bytes`}>
        {formatBytes(row.response_bytes)}
      </Td>
    </Tr>
  );
}
