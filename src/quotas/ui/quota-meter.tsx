import { type QuotaView } from '@/quotas/contracts';
import { cx } from '@/ui/cx';
import { meterParts } from './meter-parts';

const FILL = {
  calm: 'bg-(--chart-ok)',
  warning: 'bg-(--chart-client)',
  high: 'bg-(--chart-high)',
  critical: 'bg-(--chart-server)',
  over: 'bg-(--chart-high)',
} satisfies Record<QuotaView['level'], string>;

const percent = (share: number) => `${share * 100}%`;

/**
 * The bar of one quota. The whole of it is what is included, or what was used where that is more; then the part beyond is striped.
 * A line marks where use will stand at the end of the period as forecast.
 * @param text what the bar says, in words
 */
export function QuotaMeter({ quota, text }: { quota: QuotaView; text: string }) {
  const { scale, within, beyond, mark } = meterParts(quota);
  return (
    <div
      role="meter"
      aria-label={quota.name}
      aria-valuemin={0}
      aria-valuemax={scale}
      aria-valuenow={Number(quota.used)}
      aria-valuetext={text}
      className="relative h-2"
    >
      <div className="flex size-full gap-px overflow-hidden rounded-full bg-sunken">
        <div className={cx('h-full min-w-0', FILL[quota.level])} style={{ width: percent(within) }} />
        {beyond > 0 && <div className="h-full bg-(--chart-server) stripes" style={{ width: percent(beyond) }} />}
      </div>
      {mark !== null && (
        <div
          aria-hidden
          className="absolute -inset-y-1 w-0.5 -translate-x-1/2 rounded-full bg-ink-2"
          style={{ left: percent(mark) }}
        />
      )}
    </div>
  );
}
