import { type PriceModel } from '@/rating/contracts';
import { priceWords } from '@/plans/ui/price-words';
import { type QuotaView } from '@/quotas/contracts';
import { cx } from '@/ui/cx';
import { formatExactQuantity } from '@/ui/format-quantity';
import { formatDay } from '@/ui/format-time';
import { LEVELS } from './quota-levels';
import { QuotaMeter } from './quota-meter';
import { leftWords, meterWords, percentWords, projectedWords, usedWords } from './quota-words';

/** What more than is included costs, where it may be used. */
export interface OveragePrice {
  price: PriceModel;
  currency: string;
}

/** One limited metric: its bar, what is left, and where it is going. */
export function QuotaRow({
  quota,
  periodEnd,
  overage,
}: {
  quota: QuotaView;
  periodEnd: string;
  overage: OveragePrice | undefined;
}) {
  const { name, metric, unit, used, percentage, projected, level } = quota;
  const { icon: Icon, word, text } = LEVELS[level];
  return (
    <li className="border-t px-4 py-2.5">
      <div className="flex items-baseline justify-between gap-4">
        <p className="min-w-0 truncate text-sm font-medium" title={`${name} (${metric})`}>
          {name}
        </p>
        <p className="shrink-0 text-xs text-ink-2" title={`${formatExactQuantity(used, unit)} used`}>
          {usedWords(quota)}
        </p>
      </div>
      <div className="py-1.5">
        <QuotaMeter quota={quota} text={meterWords(quota, periodEnd)} />
      </div>
      <div className="flex flex-wrap items-baseline justify-between gap-x-4 text-xs text-ink-3">
        <p className="flex items-center gap-1">
          <span className={cx('flex items-center gap-1 font-medium', text)}>
            {Icon && <Icon aria-hidden className="size-3.5 shrink-0" />}
            {percentage !== null && percentWords(percentage)}
            {word && ` ${word.toLowerCase()}`}
          </span>
          <span aria-hidden>·</span>
          <span>{leftWords(quota)}</span>
        </p>
        {projected !== null && (
          <p
            title={`${formatExactQuantity(Math.round(projected), unit)} expected by the end of the period, by forecast`}
          >
            about {projectedWords(projected, unit)} by {formatDay(periodEnd)}
          </p>
        )}
      </div>
      <QuotaConsequence quota={quota} overage={overage} />
    </li>
  );
}

/** What being at the end of a quota means. */
function QuotaConsequence({ quota, overage }: { quota: QuotaView; overage: OveragePrice | undefined }) {
  const { included, limit, enforcement } = quota;
  const used = Number(quota.used);
  if (included === null || used < included) return null;
  if (limit !== null && used >= limit) {
    return (
      <p className="mt-0.5 text-xs text-ink-2">More is refused{enforcement === 'hard' ? ' until it resets' : ''}.</p>
    );
  }
  if (!overage || used === included) return null;
  return (
    <p className="mt-0.5 text-xs text-ink-2">Overage is billed at {priceWords(overage.price, overage.currency)}.</p>
  );
}
