import { type Decimal } from 'decimal.js';
import { type PriceModel } from './contracts';
import { Exact, ZERO } from './exact';
import { type PriceTier, priceTierAt, priceTiersOf } from './price-tiers';

/**
 * A part of what a metric is charged, in major units of the currency. amount = quantity × unitPrice + flatAmount; of
 * packages, quantity counts units and amount = packages paid for × price of one.
 */
export interface ChargePart {
  kind: 'flat' | 'units' | 'tier' | 'packages' | 'minimum' | 'maximum';
  /** Units of the metric that the part covers; 0 where it covers none. */
  quantity: Decimal;
  /** Of one unit or, in packages, of one package; null where the part has no such price. */
  unitPrice: Decimal | null;
  flatAmount: Decimal;
  /** Exact, not rounded; negative where a maximum takes off what is above it. */
  amount: Decimal;
}

/**
 * What units beyond the included ones cost, part by part. The quantities of the parts add up to the units. The models are
 * Stripe's (docs.stripe.com/products-prices/pricing-models): `flat`, the same however much is used; `per_unit`, each unit
 * the same; `graduated`, each unit at the price of the tier it lies in, and the flat amount of each tier that was reached;
 * `volume`, all units at the price and flat amount of the tier that the last one lies in; `package`, each package that was
 * begun, or filled. Then what is missing to the minimum is added, or what is above the maximum is taken off.
 * E.g. graduated to 100 at 0.05, beyond at 0.02: 150 units are 100 × 0.05 + 50 × 0.02 = 6.
 * @param overageUnits ≥ 0, in units of the metric.
 */
export function chargeParts(price: PriceModel, overageUnits: Decimal): ChargePart[] {
  const parts = unboundedParts(price, Exact.max(0, overageUnits));
  const sum = sumOf(parts);
  if (price.minimum !== undefined && sum.lt(price.minimum)) {
    return [...parts, correction('minimum', new Exact(price.minimum).minus(sum))];
  }
  if (price.maximum !== undefined && sum.gt(price.maximum)) {
    return [...parts, correction('maximum', new Exact(price.maximum).minus(sum))];
  }
  return parts;
}

/** What units beyond the included ones cost, exact and not rounded. See {@link chargeParts}. */
export const overageCost = (price: PriceModel, overageUnits: Decimal): Decimal =>
  sumOf(chargeParts(price, overageUnits));

export const sumOf = (parts: readonly Pick<ChargePart, 'amount'>[]): Decimal =>
  parts.reduce((sum, { amount }) => sum.plus(amount), ZERO);

function unboundedParts(price: PriceModel, units: Decimal): ChargePart[] {
  switch (price.model) {
    case 'flat':
      return [part('flat', units, null, new Exact(price.amount))];
    case 'per_unit':
      return [part('units', units, new Exact(price.unit_price))];
    case 'graduated':
      return priceTiersOf(price.tiers)
        .filter(({ above }, place) => place === 0 || units.gt(above))
        .map((tier) => tierPart(tier, Exact.min(units, tier.upTo ?? units).minus(tier.above)));
    case 'volume':
      return [tierPart(priceTierAt(priceTiersOf(price.tiers), units), units)];
    case 'package': {
      const unitPrice = new Exact(price.package_price);
      const packages = units.dividedBy(price.package_size);
      const paidFor = price.charged === 'full' ? packages.floor() : packages.ceil();
      return [{ kind: 'packages', quantity: units, unitPrice, flatAmount: ZERO, amount: paidFor.times(unitPrice) }];
    }
  }
}

const tierPart = ({ unitPrice, flatAmount }: PriceTier, quantity: Decimal): ChargePart =>
  part('tier', quantity, unitPrice, flatAmount);

const part = (
  kind: ChargePart['kind'],
  quantity: Decimal,
  unitPrice: Decimal | null,
  flatAmount: Decimal = ZERO,
): ChargePart => ({
  kind,
  quantity,
  unitPrice,
  flatAmount,
  amount: quantity.times(unitPrice ?? 0).plus(flatAmount),
});

const correction = (kind: 'minimum' | 'maximum', amount: Decimal): ChargePart => part(kind, ZERO, null, amount);
