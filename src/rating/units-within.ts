/** What a budget allows: a spend cap asks before units are lent, so the way to them must not lead over the budget either. */
import { Decimal } from 'decimal.js';
import { overageCost } from './charge-parts';
import { type PriceModel } from './contracts';
import { Exact, ZERO } from './exact';
import { type PriceTier, priceTiersOf } from './price-tiers';

/**
 * The most that any number of units from `from` to `to` costs. With volume prices more units can cost less, so units that
 * are given back can make what is kept dearer.
 * @param from ≥ 0, in units of overage, as `to` is.
 */
export function dearestCost(price: PriceModel, from: Decimal, to: Decimal): Decimal {
  if (price.model !== 'volume') return overageCost(price, to);
  const ends = priceTiersOf(price.tiers).flatMap(({ upTo }) => (upTo?.gte(from) && upTo.lt(to) ? [upTo] : []));
  return Exact.max(...[...ends, to].map((units) => overageCost(price, units)));
}

/** Digits behind the point of the answers of {@link unitsWithin}. */
const UNIT_DIGITS = 6;
const STEP = new Exact(10).pow(-UNIT_DIGITS);

/**
 * How far overage may go within a budget: the most units, in steps of 10⁻⁶, such that neither they nor any smaller number
 * cost more than the budget. (With volume prices more units can cost less, but the way there leads over the budget.)
 * @param budget in major units of the plan's currency.
 * @returns null where no number of units costs more; 0 also where even none costs more (a flat amount, a minimum).
 */
export function unitsWithin(price: PriceModel, budget: Decimal): Decimal | null {
  const money = new Exact(budget);
  if (money.lt(0)) return ZERO;
  if (price.maximum !== undefined && money.gte(price.maximum)) return null;
  if (price.minimum !== undefined && money.lt(price.minimum)) return ZERO;
  switch (price.model) {
    case 'flat':
      return money.lt(price.amount) ? ZERO : null;
    case 'per_unit':
      return affordable(money, new Exact(price.unit_price));
    case 'graduated':
      return graduatedWithin(priceTiersOf(price.tiers), money);
    case 'volume':
      return volumeWithin(priceTiersOf(price.tiers), money);
    case 'package':
      return packagesWithin(price, money);
  }
}

function graduatedWithin(tiers: PriceTier[], budget: Decimal): Decimal | null {
  let left = budget;
  for (const { above, upTo, unitPrice, flatAmount } of tiers) {
    left = left.minus(flatAmount);
    if (left.lt(0)) return above;
    const more = affordable(left, unitPrice);
    if (more !== null && (upTo === null || above.plus(more).lt(upTo))) return above.plus(more);
    if (upTo === null) return null;
    left = left.minus(upTo.minus(above).times(unitPrice));
  }
  return null;
}

function volumeWithin(tiers: PriceTier[], budget: Decimal): Decimal | null {
  for (const { above, upTo, unitPrice, flatAmount } of tiers) {
    const left = budget.minus(flatAmount);
    const most = affordable(left, unitPrice);
    // Even the tier's first units cost too much: the tier before was passed to its end.
    if (left.lt(0) || (most !== null && most.lte(above))) return above;
    if (most !== null && (upTo === null || most.lt(upTo))) return most;
  }
  return null;
}

function packagesWithin(price: Extract<PriceModel, { model: 'package' }>, budget: Decimal): Decimal | null {
  const each = new Exact(price.package_price);
  if (each.isZero()) return null;
  const packages = budget.dividedToIntegerBy(each);
  if (price.charged !== 'full') return packages.times(price.package_size);
  // The package after the last that can be paid for may be filled, but for its last step.
  return packages.plus(1).times(price.package_size).toDecimalPlaces(UNIT_DIGITS, Decimal.ROUND_UP).minus(STEP);
}

/** The most units at one price; null if they are free. */
const affordable = (budget: Decimal, unitPrice: Decimal): Decimal | null =>
  unitPrice.isZero() ? null : budget.dividedBy(unitPrice).toDecimalPlaces(UNIT_DIGITS, Decimal.ROUND_DOWN);
