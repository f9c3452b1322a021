import { type Decimal } from 'decimal.js';
import { type PriceModel } from './contracts';
import { Exact } from './exact';

export type PriceTiers = Extract<PriceModel, { tiers: unknown }>['tiers'];

/** Units of overage in (above, upTo]; zero lies in the first tier. */
export interface PriceTier {
  above: Decimal;
  /** Null: without an end. */
  upTo: Decimal | null;
  unitPrice: Decimal;
  /** Charged once where the tier is reached. */
  flatAmount: Decimal;
}

export const priceTiersOf = (tiers: PriceTiers): PriceTier[] =>
  tiers.map(({ up_to, unit_price, flat_amount }, place) => ({
    above: new Exact(tiers[place - 1]?.up_to ?? 0),
    upTo: up_to === null ? null : new Exact(up_to),
    unitPrice: new Exact(unit_price),
    flatAmount: new Exact(flat_amount ?? 0),
  }));

/** The tier that the last of so many units lies in: 100.5 units lie in the tier after 100. */
export const priceTierAt = (tiers: readonly PriceTier[], units: Decimal): PriceTier =>
  tiers.find(({ upTo }) => upTo === null || units.lte(upTo))!;
