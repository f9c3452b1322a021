import { type PriceModel } from '@/plans/contracts';
import { formatMoney } from '@/ui/format-money';
import { formatCompact, formatExact } from '@/ui/format-number';

type Tiers = Extract<PriceModel, { model: 'graduated' }>['tiers'];

const amount = (units: string): string => {
  const value = Number(units);
  return value < 1e6 ? formatExact(value) : formatCompact(value);
};

/** `$0.0008 each for the next 4M, $0.0005 beyond`: each tier is paid at its own price. */
function graduatedWords(tiers: Tiers, currency: string): string {
  let from = 0;
  return tiers
    .map(({ up_to, unit_price }, index) => {
      const price = formatMoney(unit_price, currency) + (index === 0 ? ' each' : '');
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
    .map(({ up_to, unit_price }, index) => {
      const price = `${formatMoney(unit_price, currency)} each`;
      if (up_to !== null) return `${price} up to ${amount(up_to)}`;
      return index === 0 ? price : `${price} for all if more`;
    })
    .join(', ');

/** What units beyond the included ones cost, in a few words: `$0.002 each`, `$0.02 per 1,000`. */
export function priceWords(price: PriceModel, currency: string): string {
  switch (price.model) {
    case 'per_unit':
      return `${formatMoney(price.unit_price, currency)} each`;
    case 'package':
      return `${formatMoney(price.package_price, currency)} per ${amount(price.package_size)}`;
    case 'graduated':
      return graduatedWords(price.tiers, currency);
    case 'volume':
      return volumeWords(price.tiers, currency);
  }
}
