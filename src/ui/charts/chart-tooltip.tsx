import { formatDate, formatHour, formatWeekday } from '../format-time';
import { formatExact } from '../format-number';
import { type Interval, type Series, type SeriesPoint, sumOf } from './series';

const HOUR_MS = 3_600_000;

/** `Sun, Nov 22, 14:00–15:00 UTC`, or the day alone. */
export function bucketName(at: string, interval: Interval): string {
  if (interval === 'day') return `${formatWeekday(at)}, UTC`;
  return `${formatWeekday(at)}, ${formatHour(at)}–${formatHour(new Date(at).getTime() + HOUR_MS)} UTC`;
}

/** What the pointer rests on, in exact numbers. */
export function ChartTooltip({
  point,
  interval,
  series,
  totalLabel,
}: {
  point: SeriesPoint;
  interval: Interval;
  series: readonly Series[];
  totalLabel: string;
}) {
  return (
    <div className="min-w-44 rounded-lg bg-raised px-3 py-2 text-xs shadow-high" title={formatDate(point.at)}>
      <p className="mb-1 font-medium">{bucketName(point.at, interval)}</p>
      <dl className="space-y-0.5">
        {[...series].reverse().map(({ key, label, color }) => (
          <div key={key} className="flex items-center justify-between gap-6">
            <dt className="flex items-center gap-1.5 text-ink-2">
              <span aria-hidden className="size-2 rounded-[2px]" style={{ background: color }} />
              {label}
            </dt>
            <dd>{formatExact(point.values[key] ?? 0)}</dd>
          </div>
        ))}
        <div className="flex justify-between gap-6 border-t pt-0.5 font-medium">
          <dt>{totalLabel}</dt>
          <dd>{formatExact(sumOf(point, series))}</dd>
        </div>
      </dl>
    </div>
  );
}
