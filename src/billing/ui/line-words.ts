/** What a line of an invoice is made of, in words: the same on the page and on paper. */
import { formatMoney } from '@/ui/format-money';
import { formatExact } from '@/ui/format-number';
import { formatExactQuantity } from '@/ui/format-quantity';
import { type InvoiceLineView } from '../contracts';

type LinePart = InvoiceLineView['parts'][number];

const isZero = (decimal: string): boolean => Number(decimal) === 0;

/** `30 days`, `14 of 31 days` */
function daysOf({ days, of_days }: InvoiceLineView): string {
  if (days === null || of_days === null) return '';
  const unit = of_days === 1 ? 'day' : 'days';
  return days === of_days ? `${days} ${unit}` : `${days} of ${of_days} ${unit}`;
}

/** How much of it there is: `12,345 calls`, `14 of 31 days`; empty where the line counts nothing. */
export function quantityWords(line: InvoiceLineView): string {
  if (line.quantity !== null) return formatExactQuantity(line.quantity, line.unit ?? '');
  return line.kind === 'plan' ? daysOf(line) : '';
}

/** What one of it costs, where that is one price: `$0.002`, `$49 a month`; empty where several prices hold, or none. */
export function unitPriceWords(line: InvoiceLineView, currency: string): string {
  const paid = line.parts.filter(({ amount, kind }) => !isZero(amount) || kind === 'fee');
  const [only] = paid;
  if (!only || paid.length > 1) return '';
  if (only.kind === 'fee') return `${formatMoney(only.flat_amount, currency)} a month`;
  if (only.unit_price === null || !isZero(only.flat_amount)) return '';
  const per =
    only.kind === 'packages' && line.price?.model === 'package' ? ` per ${formatExact(line.price.package_size)}` : '';
  return formatMoney(only.unit_price, currency) + per;
}

const NAMES: Record<LinePart['kind'], string> = {
  included: 'Included',
  flat: 'Flat amount',
  units: 'Units',
  tier: 'Tier',
  packages: 'Packages',
  minimum: 'Up to the minimum charge',
  maximum: 'Beyond the maximum charge',
  free: 'Beyond the limit of overage',
  fee: 'Price of the plan',
  base: 'Charged without usage',
  prorated: 'Share of the days',
  floor: 'Units before were cheaper',
};

/** What a part of an amount is called. */
export const partName = ({ kind }: LinePart): string => NAMES[kind];

/** How a part's amount comes about: `51 packages × $0.02`, `4,000 × $0.0008 + $5`, `14 of 31 days of $49`. */
export function partWords(part: LinePart, line: InvoiceLineView, currency: string): string {
  const { kind, quantity, unit_price, flat_amount } = part;
  if (kind === 'included') return isZero(quantity) ? '' : `${formatExact(quantity)} at no charge`;
  if (kind === 'free') return `${formatExact(quantity)} at no charge`;
  if (kind === 'fee' || kind === 'base') return `${daysOf(line)} of ${formatMoney(flat_amount, currency)}`;
  if (kind === 'prorated') return daysOf(line);
  const flat = isZero(flat_amount) ? '' : formatMoney(flat_amount, currency);
  if (unit_price === null) return flat;
  return `${unitsWords(part, line)} × ${formatMoney(unit_price, currency)}${flat && ` + ${flat}`}`;
}

function unitsWords({ kind, quantity, unit_price, amount }: LinePart, { price }: InvoiceLineView): string {
  if (kind !== 'packages' || price?.model !== 'package') return formatExact(quantity);
  const paid = isZero(unit_price ?? '0') ? 0 : Math.round(Number(amount) / Number(unit_price));
  return `${formatExact(paid)} ${paid === 1 ? 'package' : 'packages'} of ${formatExact(price.package_size)}`;
}
