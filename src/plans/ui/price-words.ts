import { type PriceModel } from '@/rating/contracts';
import { formatMoney } from '@/ui/format-money';
import { formatCompact, formatExact } from '@/ui/format-number';

type Tiers = Extract<PriceModel, { model: 'graduated' }>['tiers'];

const amount = (units: string): string => {
  const value = Number(units);
  return value < 1e6 ? formatExact(value) : formatCompact(value);
};

/** `$5 and `, where a tier has a flat amount. */
const flatWords = (flat: string | undefined, currency: string): string =>
  flat === undefined || Number(flat) === 0 ? '' : `${formatMoney(flat, currency)} and `;

/** `$0.0008 each for the next 4M, $0.0005 beyond`: each tier is paid at its own price. */
function graduatedWords(tiers: Tiers, currency: string): string {
  let from = 0;
  return tiers
    .map(({ up_to, unit_price, flat_amount }, index) => {
      const price = flatWords(flat_amount, currency) + formatMoney(unit_price, currency) + (index === 0 ? ' each' : '');
      if (up_to === null) return index === 0 ? price : `${price} beyond`;
      const size = Number(up_to) - from;
      from = Number(up_to);
      return `${price} for the next ${amount(String(size))}`;
    })
    .join(', ');
}

/** `$0.0008 each up to 4M, $0.0005 each for all if more`: the tier reached sets the price of every unit. */
const volumeWords = (tiers: Tiers, currency: string): string =>
  tiers
    .map(({ up_to, unit_price, flat_amount }, index) => {
      const price = `${flatWords(flat_amount, currency)}${formatMoney(unit_price, currency)} each`;
      if (up_to !== null) return `${price} up to ${amount(up_to)}`;
      return index === 0 ? price : `${price} for all if more`;
    })
    .join(', ');

/** `, at least $10 and at most $100 a month` */
function boundWords({ minimum, maximum }: PriceModel, currency: string): string {
  const bounds = [
    ...(minimum === undefined ? [] : [`at least ${formatMoney(minimum, currency)}`]),
    ...(maximum === undefined ? [] : [`at most ${formatMoney(maximum, currency)}`]),
  ];
  return bounds.length === 0 ? '' : `, ${bounds.join(' and ')} a month`;
}

function modelWords(price: PriceModel, currency: string): string {
  switch (price.model) {
    case 'flat':
      return `${formatMoney(price.amount, currency)} a month`;
    case 'per_unit':
      return `${formatMoney(price.unit_price, currency)} each`;
    case 'package': {
      const full = price.charged === 'full' ? 'full ' : '';
      return `${formatMoney(price.package_price, currency)} per ${full}${amount(price.package_size)}`;
    }
    case 'graduated':
      return graduatedWords(price.tiers, currency);
    case 'volume':
      return volumeWords(price.tiers, currency);
  }
}

/** What units beyond the included ones cost, in a few words: `$0.002 each`, `$0.02 per 1,000, at most $100 a month`. */
export const priceWords = (price: PriceModel, currency: string): string =>
  modelWords(price, currency) + boundWords(price, currency);
