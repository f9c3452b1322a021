import { Decimal } from 'decimal.js';
import { type PriceModel } from './contracts';

/** Products of the longest quantities and prices that contracts.ts admits have fewer digits: nothing is rounded. */
const Exact = Decimal.clone({ precision: 80 });
const ZERO = new Exact(0);

/** A tier of overage: units in (above, upTo]. */
interface Tier {
  above: Decimal;
  upTo: Decimal | null;
  unitPrice: Decimal;
}

/**
 * What units beyond the included ones cost, exact and not rounded, in major units of the plan's currency. The models are
 * Stripe's (docs.stripe.com/products-prices/pricing-models): `per_unit`, each unit the same; `graduated`, each unit at the
 * price of the tier it lies in; `volume`, all units at the price of the tier that the last one lies in; `package`, each
 * package that was begun.
 * @param overageUnits ≥ 0, in units of the metric.
 */
export function overageCost(price: PriceModel, overageUnits: Decimal): Decimal {
  const units = new Exact(overageUnits);
  if (!units.gt(0)) return ZERO;
  switch (price.model) {
    case 'per_unit':
      return units.times(price.unit_price);
    case 'graduated':
      return tiersOf(price.tiers).reduce((cost, tier) => cost.plus(unitsIn(tier, units).times(tier.unitPrice)), ZERO);
    case 'volume':
      return units.times(tiersOf(price.tiers).find(({ upTo }) => upTo === null || units.lte(upTo))!.unitPrice);
    case 'package':
      return units.dividedBy(price.package_size).ceil().times(price.package_price);
  }
}

/**
 * The most that any number of units from `from` to `to` costs. With volume prices more units can cost less, so units that
 * are given back can make what is kept dearer.
 * @param from ≥ 0, in units of overage, as `to` is.
 */
export function dearestCost(price: PriceModel, from: Decimal, to: Decimal): Decimal {
  if (price.model !== 'volume') return overageCost(price, to);
  const ends = tiersOf(price.tiers).flatMap(({ upTo }) => (upTo?.gte(from) && upTo.lt(to) ? [upTo] : []));
  return Exact.max(...[...ends, to].map((units) => overageCost(price, units)));
}

/** Digits behind the point of the answers of {@link unitsWithin}. */
const UNIT_DIGITS = 6;

/**
 * How far overage may go within a budget: the most units, in steps of 10⁻⁶, such that neither they nor any smaller number
 * cost more than the budget. (With volume prices more units can cost less, but the way there leads over the budget.)
 * @param budget ≥ 0, in major units of the plan's currency.
 * @returns null where no number of units costs more.
 */
export function unitsWithin(price: PriceModel, budget: Decimal): Decimal | null {
  const money = new Exact(budget);
  if (money.lt(0)) return ZERO;
  switch (price.model) {
    case 'per_unit':
      return affordable(money, new Exact(price.unit_price));
    case 'graduated':
      return graduatedWithin(tiersOf(price.tiers), money);
    case 'volume':
      return volumeWithin(tiersOf(price.tiers), money);
    case 'package': {
      const packagePrice = new Exact(price.package_price);
      return packagePrice.isZero() ? null : money.dividedToIntegerBy(packagePrice).times(price.package_size);
    }
  }
}

function graduatedWithin(tiers: Tier[], budget: Decimal): Decimal | null {
  let left = budget;
  for (const { above, upTo, unitPrice } of tiers) {
    const more = affordable(left, unitPrice);
    if (more !== null && (upTo === null || above.plus(more).lt(upTo))) return above.plus(more);
    if (upTo === null) return null;
    left = left.minus(upTo.minus(above).times(unitPrice));
  }
  return null;
}

function volumeWithin(tiers: Tier[], budget: Decimal): Decimal | null {
  for (const { above, upTo, unitPrice } of tiers) {
    const most = affordable(budget, unitPrice);
    // Even the tier's first units cost too much: the tier before was passed to its end.
    if (most !== null && most.lte(above)) return above;
    if (most !== null && (upTo === null || most.lt(upTo))) return most;
  }
  return null;
}

/** The most units at one price; null if they are free. */
const affordable = (budget: Decimal, unitPrice: Decimal): Decimal | null =>
  unitPrice.isZero() ? null : budget.dividedBy(unitPrice).toDecimalPlaces(UNIT_DIGITS, Decimal.ROUND_DOWN);

const unitsIn = ({ above, upTo }: Tier, units: Decimal): Decimal =>
  Exact.max(0, (upTo === null ? units : Exact.min(units, upTo)).minus(above));

const tiersOf = (tiers: readonly { up_to: string | null; unit_price: string }[]): Tier[] =>
  tiers.map(({ up_to, unit_price }, place) => ({
    above: new Exact(tiers[place - 1]?.up_to ?? 0),
    upTo: up_to === null ? null : new Exact(up_to),
    unitPrice: new Exact(unit_price),
  }));
