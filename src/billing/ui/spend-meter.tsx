import { type UsageOverage } from '@/billing/contracts';
import { cx } from '@/ui/cx';
import { formatSum } from '@/ui/format-money';

/** Nearer to its fill than this, the mark would only blur its end. */
const SEEN_APART = 0.01;
const NEAR = 0.8;

const percent = (share: number) => `${Math.min(1, Math.max(0, share)) * 100}%`;

/** What overage has cost of the cap: a bar, with a line where it will stand at the end of the period. Without a cap, in words. */
export function SpendMeter({
  overage: { total, projected_total, currency },
  cap,
}: {
  overage: UsageOverage;
  cap: string | null;
}) {
  const spent = formatSum(total, currency);
  if (cap === null)
    return (
      <p className="text-sm text-ink-2">
        Overage so far <span className="font-medium text-ink">{spent}</span>, projected{' '}
        {formatSum(projected_total, currency)}.
      </p>
    );
  const limit = Number(cap);
  const share = limit === 0 ? 1 : Number(total) / limit;
  const mark = limit === 0 ? 1 : Number(projected_total) / limit;
  const words = `${spent} of ${formatSum(cap, currency)}`;
  return (
    <div>
      <div
        role="meter"
        aria-label="Overage against the spend cap"
        aria-valuemin={0}
        aria-valuemax={Math.max(limit, Number(total))}
        aria-valuenow={Number(total)}
        aria-valuetext={words}
        className="relative h-2"
      >
        <div className="size-full overflow-hidden rounded-full bg-sunken">
          <div
            className={cx(
              'h-full',
              share >= 1 ? 'bg-(--chart-server)' : share >= NEAR ? 'bg-(--chart-client)' : 'bg-(--chart-ok)',
            )}
            style={{ width: percent(share) }}
          />
        </div>
        {mark - share > SEEN_APART && (
          <div
            aria-hidden
            className="absolute -inset-y-1 w-0.5 -translate-x-1/2 rounded-full bg-ink-2"
            style={{ left: percent(mark) }}
          />
        )}
      </div>
      <p className="mt-1.5 flex flex-wrap justify-between gap-x-4 text-xs text-ink-2">
        <span className="font-medium text-ink">{words}</span>
        <span className={cx(mark > 1 && share < 1 ? 'font-medium text-warn' : 'text-ink-3')}>
          {share >= 1
            ? 'Reached: calls that cost more are refused'
            : mark > 1
              ? 'Will be reached at this pace'
              : `${formatSum(projected_total, currency)} projected`}
        </span>
      </p>
    </div>
  );
}
