import { formatExact } from '@/ui/format-number';
import { formatAmount, formatQuantity } from '@/ui/format-quantity';
import { formatDay } from '@/ui/format-time';
import { type UsageOutlook } from '../contracts';
import { chanceWords } from './outlook-points';

/** Whole days that a forecast needs. */
const DAYS_NEEDED = 7;

/** What the chart says, in a sentence or two. */
export function outlookWords({ status, history_days, unit, quota, hard, used, total, ...rest }: UsageOutlook): string {
  const { period, runs_out_on: runsOutOn, probability } = rest;
  if (status === 'insufficient_data') {
    const known = history_days === 1 ? 'one is' : `${formatExact(history_days)} are`;
    return `A forecast needs ${DAYS_NEEDED} whole days; ${known} known so far.`;
  }
  const end = formatDay(period.to);
  const expected = total ? `About ${formatQuantity(Math.round(total.mean), unit)} expected by ${end}` : '';
  const between = total
    ? `, between ${formatAmount(Math.round(total.lo), unit)} and ${formatAmount(Math.round(total.hi), unit)} in 95 of 100 such periods`
    : '';
  if (quota === null || probability === null) return `${expected}${between}.`;
  const included = formatQuantity(quota, unit);
  if (used >= quota) return `All ${included} are used. ${expected}${between}.`;
  const chance = chanceWords(probability);
  if (runsOutOn !== null) {
    const then = hard ? '; then calls are refused' : '';
    return `${included} included, expected to be used up on ${formatDay(runsOutOn)}${then}. That they do not last until ${end} is ${chance}.`;
  }
  return `${expected}${between}. That the ${included} included do not last is ${chance}.`;
}
