import { type CurrentUsage } from '@/analytics/contracts';
import { Card } from '@/ui/card';
import { formatBytes, formatCompact, formatExact } from '@/ui/format-number';
import { formatDay } from '@/ui/format-time';

const AGGREGATION_WORDS = {
  sum: 'sum',
  count: 'count',
  max: 'highest value',
  last: 'latest value',
  unique: 'distinct values',
} as const;

/** Every metric of the present period with its quantity and unit. */
export function MetricsList({ current: { period, metrics } }: { current: CurrentUsage }) {
  return (
    <Card title="This period" note={`${formatDay(period.from)} – ${formatDay(new Date(period.to).getTime() - 1)}, UTC`}>
      {metrics.length === 0 ? (
        <p className="px-4 pb-4 text-sm text-ink-3">Nothing was counted yet.</p>
      ) : (
        <ul>
          {metrics.map((metric) => (
            <li key={metric.metric} className="flex items-center justify-between gap-4 border-t px-4 py-2">
              <div className="min-w-0">
                <p className="truncate text-sm font-medium" title={metric.name}>
                  {metric.name}
                </p>
                <p className="truncate text-xs text-ink-3" title={`${metric.metric}: ${metric.aggregation}`}>
                  <span className="font-mono text-2xs">{metric.metric}</span> · {AGGREGATION_WORDS[metric.aggregation]}
                </p>
              </div>
              <p
                className="max-w-[50%] shrink-0 truncate text-right"
                title={`${formatExact(metric.quantity)} ${metric.unit}`}
              >
                <Quantity quantity={metric.quantity} unit={metric.unit} />
              </p>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

/** The number large, its unit small. Bytes take the unit that fits. */
function Quantity({ quantity, unit }: { quantity: number; unit: string }) {
  const [number, word] =
    unit === 'bytes' || unit === 'byte' ? formatBytes(quantity).split(' ') : [formatCompact(quantity), unit];
  return (
    <>
      <span className="text-base font-semibold">{number}</span> <span className="text-xs text-ink-3">{word}</span>
    </>
  );
}
