'use client';

import { ChartNoAxesColumn, Table2 } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { Button } from '../button';
import { Card } from '../card';
import { formatCompact, formatExact } from '../format-number';
import { type Interval, type Series, type SeriesPoint } from './series';
import { SeriesTable } from './series-table';
import { StackedBars } from './stacked-bars';

/** A chart over time with its legend and totals, and the same numbers as a table for who asks. */
export function TimeSeries({
  title,
  note,
  points,
  interval,
  series,
  totalLabel,
  whenEmpty,
}: {
  title: string;
  note?: ReactNode;
  points: readonly SeriesPoint[];
  interval: Interval;
  series: readonly Series[];
  totalLabel: string;
  /** Said over the empty axes when every value is zero. */
  whenEmpty: string;
}) {
  const [asTable, setAsTable] = useState(false);
  const totals = series.map(({ key }) => points.reduce((sum, point) => sum + (point.values[key] ?? 0), 0));
  const summary = series.map(({ label }, index) => `${label} ${formatExact(totals[index] ?? 0)}`).join(', ');
  const Icon = asTable ? ChartNoAxesColumn : Table2;
  const shared = { points, interval, series, totalLabel };
  return (
    <Card
      title={title}
      note={note}
      actions={
        <>
          <ul aria-label="Totals" className="flex flex-wrap gap-x-4 text-xs text-ink-2">
            {series.map(({ key, label, color }, index) => (
              <li key={key} className="flex items-center gap-1.5">
                <span aria-hidden className="size-2 rounded-[2px]" style={{ background: color }} />
                {label}
                <span className="font-medium text-ink" title={formatExact(totals[index] ?? 0)}>
                  {formatCompact(totals[index] ?? 0)}
                </span>
              </li>
            ))}
          </ul>
          <Button variant="ghost" size="sm" onClick={() => setAsTable(!asTable)}>
            <Icon aria-hidden className="size-3.5" />
            {asTable ? 'Show as chart' : 'Show as table'}
          </Button>
        </>
      }
    >
      {asTable ? (
        <SeriesTable label={`${title}, as a table`} {...shared} />
      ) : (
        <div className="relative">
          <StackedBars label={`${title}. ${summary}. “Show as table” lists every value.`} {...shared} />
          {totals.every((total) => total === 0) && (
            <p className="pointer-events-none absolute inset-0 grid place-items-center text-sm text-ink-3">
              {whenEmpty}
            </p>
          )}
        </div>
      )}
    </Card>
  );
}
