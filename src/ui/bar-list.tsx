import { formatCompact, formatExact, formatPercent } from './format-number';

interface Bar {
  key: string;
  label: string;
  value: number;
  /** Colour of the bar; the quiet one by default. */
  color?: string | undefined;
}

/** Ranked shares of a whole. The bar is drawn behind the words and to the scale of the largest. */
export function BarList({ label, bars, total }: { label: string; bars: readonly Bar[]; total: number }) {
  const top = Math.max(1, ...bars.map((bar) => bar.value));
  return (
    <ol aria-label={label} className="space-y-px px-2 pb-2">
      {bars.map((bar) => (
        <li key={bar.key} className="relative flex h-7 items-center justify-between gap-3 px-2 text-sm">
          <span
            aria-hidden
            className="absolute inset-y-0.5 left-0 rounded-sm bg-bar"
            style={{ width: `${(bar.value / top) * 100}%`, background: bar.color }}
          />
          <span className="relative truncate" title={bar.label}>
            {bar.label}
          </span>
          <span className="relative shrink-0 text-ink-2" title={formatExact(bar.value)}>
            {formatCompact(bar.value)}
            <span className="ml-2 inline-block w-12 text-right text-xs">
              {formatPercent(total === 0 ? 0 : bar.value / total)}
            </span>
          </span>
        </li>
      ))}
    </ol>
  );
}
