/** What the lines of an invoice say, in words a customer understands. */
import { type Decimal } from 'decimal.js';
import { exactQuantity } from '@/kernel/quantity';
import { type Metric } from '@/plans';
import { formatExact } from '@/ui/format-number';
import { formatExactQuantity } from '@/ui/format-quantity';
import { formatDate, formatInstant } from '@/ui/format-time';
import { type PlanLine, type UsageLine } from './line-draft';

const DAY_MS = 86_400_000;

const isMidnight = (at: Date): boolean => at.getTime() % DAY_MS === 0;
const formatStart = (at: Date): string => (isMidnight(at) ? formatDate(at) : formatInstant(at));

/** The last day of what ends at an instant, or the instant where it cuts a day. */
const formatEnd = (to: Date): string => (isMidnight(to) ? formatDate(to.getTime() - DAY_MS) : formatInstant(to));

/** `Jan 1, 2026 to Jan 31, 2026`, both days included. */
const formatSpan = (from: Date, to: Date): string => `${formatStart(from)} to ${formatEnd(to)}`;

const daysOf = (days: number, ofDays: number): string =>
  days === ofDays ? '' : ` (${days} of ${ofDays} ${ofDays === 1 ? 'day' : 'days'})`;

/** `Pro plan, Jan 1, 2026 to Jan 14, 2026 (14 of 31 days)`: a fee is charged by whole days. */
export function describeFee({ from, days, ofDays }: Omit<PlanLine, 'description'>, planName: string): string {
  const firstMs = Math.floor(from.getTime() / DAY_MS) * DAY_MS;
  return `${planName} plan, ${formatSpan(new Date(firstMs), new Date(firstMs + days * DAY_MS))}${daysOf(days, ofDays)}`;
}

/** `Pro plan from Feb 1, 2026 on, a month in advance`: as Stripe charges a fee. */
export const describeAdvance = ({ planName }: { planName: string }, from: Date): string =>
  `${planName} plan from ${formatDate(from)} on, a month in advance`;

type Usage = Omit<UsageLine, 'description' | 'kind'>;

/** `API calls on Pro, Jan 15, 2026 to Jan 31, 2026: 40,000 calls after 60,000 before, 100,000 included`. */
export const describeUsage = (line: Usage, metric: Metric, planName: string): string =>
  `${subjectOf(line, metric, planName)}: ${quantityOf(line, metric)}${termsOf(line)}`;

/** `Correction of API calls on Pro, Jan 1, 2026 to Jan 31, 2026: 1,200 calls instead of 1,100, 1,000 included`. */
export function describeAdjustment(line: Usage, billed: Decimal, metric: Metric, planName: string): string {
  const change = line.quantity.eq(billed) ? '' : ` instead of ${exactText(billed)}`;
  return `Correction of ${subjectOf(line, metric, planName)}: ${quantityOf(line, metric)}${change}${termsOf(line)}`;
}

const subjectOf = ({ from, to }: Usage, { name }: Metric, planName: string): string =>
  `${name} on ${planName}, ${formatSpan(from, to)}`;

function quantityOf({ quantity, unit }: Usage, { aggregation }: Metric): string {
  const told = formatExactQuantity(exactQuantity(quantity), unit);
  if (aggregation === 'max') return `${told} at most`;
  return aggregation === 'last' ? `${told} at the end` : told;
}

function termsOf({ quantityBefore, included, parts, days, ofDays }: Usage): string {
  const before = quantityBefore.isZero() ? '' : ` after ${exactText(quantityBefore)} before`;
  const allowed = included === null ? ', unlimited' : included.isZero() ? '' : `, ${exactText(included)} included`;
  const free = parts.find(({ kind, quantity }) => kind === 'free' && quantity.gt(0));
  const beyond = free ? `, ${exactText(free.quantity)} beyond the limit at no charge` : '';
  const isShare = parts.some(({ kind }) => kind === 'base' || kind === 'prorated');
  return `${before}${allowed}${beyond}${isShare ? daysOf(days, ofDays) : ''}`;
}

const exactText = (quantity: Decimal): string => formatExact(exactQuantity(quantity));
