import { type QuotaView } from '@/quotas/contracts';
import { formatExact } from '@/ui/format-number';
import { formatAmount, formatExactQuantity, formatQuantity } from '@/ui/format-quantity';
import { formatDay } from '@/ui/format-time';
import { LEVELS } from './quota-levels';

/** Whole per cent, rounded down: 99.96 % is not 100 %. What is more than nothing never reads as 0 %. */
export function percentWords(percentage: number): string {
  if (percentage > 0 && percentage < 1) return '<1 %';
  return `${formatExact(Math.floor(percentage))} %`;
}

/** `95K of 100K calls`; `512 calls` where nothing limits it. */
export const usedWords = ({ used, included, unit }: QuotaView): string =>
  included === null ? formatQuantity(used, unit) : `${formatAmount(used, unit)} of ${formatQuantity(included, unit)}`;

/** What may still be used: `5,000 left`, `3,000 over included`. */
export function leftWords({ used, included, overage, unit }: QuotaView): string {
  if (included === null) return 'unlimited';
  return Number(overage) > 0
    ? `${formatAmount(overage, unit)} over included`
    : `${formatAmount(included - Number(used), unit)} left`;
}

/** Where use is going, to the unit: a foretold fraction says nothing. */
export const projectedWords = (projected: number, unit: string): string => formatAmount(Math.round(projected), unit);

/** The day on which what is left is used up as forecast; null where it lasts, is used up already, or nothing is foretold. */
export const runsOutOn = ({ included, used, runs_out_on }: QuotaView): string | null =>
  included !== null && Number(used) < included ? runs_out_on : null;

/** Everything the bar shows, for who does not see it. */
export function meterWords(quota: QuotaView, periodEnd: string): string {
  const { used, included, unit, percentage, projected, level } = quota;
  const parts = [
    included === null
      ? `${formatExactQuantity(used, unit)} used`
      : `${formatExact(used)} of ${formatExactQuantity(included, unit)} used`,
    percentage !== null && percentWords(percentage),
    LEVELS[level].word.toLowerCase(),
    leftWords(quota),
    projected !== null &&
      included !== null &&
      `about ${projectedWords(projected, unit)} expected by ${formatDay(periodEnd)}`,
  ];
  return parts.filter(Boolean).join(', ');
}
