import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import { type PriceModel } from '@/rating/contracts';

/** Exact decimals with `digits` behind the point. */
export const decimals = (max: number, digits: number, min = 0) =>
  fc
    .integer({ min: min * 10 ** digits, max: max * 10 ** digits })
    .map((n) => new Decimal(n).div(10 ** digits).toFixed());
/** Prices have four digits behind the point, so that ten-thousandths hold every amount of whole units. */
const price = decimals(100, 4);
const bounds = fc
  .record({ minimum: fc.option(price, { nil: undefined }), span: fc.option(decimals(500, 2), { nil: undefined }) })
  .map(({ minimum, span }) => ({
    ...(minimum === undefined ? {} : { minimum }),
    ...(span === undefined ? {} : { maximum: new Decimal(minimum ?? 0).plus(span).toFixed() }),
  }));
const tiers = fc
  .tuple(
    fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 3 }),
    fc.array(fc.record({ unit_price: price, flat_amount: fc.option(price, { nil: undefined }) }), {
      minLength: 4,
      maxLength: 4,
    }),
  )
  .map(([ends, prices]) =>
    [...ends.sort((a, b) => a - b).map(String), null].map((up_to, place) => {
      const { unit_price, flat_amount } = prices[place]!;
      return { up_to, unit_price, ...(flat_amount === undefined ? {} : { flat_amount }) };
    }),
  );
/** Prices of every model, with and without bounds. */
export const priceModels: fc.Arbitrary<PriceModel> = fc
  .tuple(
    fc.oneof(
      price.map((amount): PriceModel => ({ model: 'flat', amount })),
      price.map((unit_price): PriceModel => ({ model: 'per_unit', unit_price })),
      tiers.map((list): PriceModel => ({ model: 'graduated', tiers: list })),
      tiers.map((list): PriceModel => ({ model: 'volume', tiers: list })),
      fc
        .tuple(fc.integer({ min: 1, max: 20 }), price, fc.constantFrom('started' as const, 'full' as const))
        .map(([size, package_price, charged]): PriceModel => ({
          model: 'package',
          package_size: String(size),
          package_price,
          charged,
        })),
    ),
    bounds,
  )
  .map(([model, bound]) => ({ ...model, ...bound }));

/**
 * What a quantity costs, reckoned as a child would: one whole unit after another, in ten-thousandths of a major unit. Written
 * without the code that it is there to check.
 */
export function countedCost(
  model: PriceModel,
  { included, overageLimit = Infinity }: { included: number; overageLimit?: number },
  quantity: number,
): bigint {
  const money = (text: string | undefined) => BigInt(new Decimal(text ?? 0).times(10_000).toFixed(0));
  const flats = new Set<number>();
  let sum = 0n;
  let charged = 0;
  if ('tiers' in model) flats.add(0);
  for (let unit = 1; unit <= quantity; unit += 1) {
    if (unit <= included || charged === overageLimit) continue;
    charged += 1;
    if (model.model === 'per_unit') sum += money(model.unit_price);
    if (model.model === 'package') {
      const size = Number(model.package_size);
      const place = (charged - 1) % size;
      if (place === (model.charged === 'full' ? size - 1 : 0)) sum += money(model.package_price);
    }
    if (model.model === 'graduated') {
      const place = model.tiers.findIndex(({ up_to }) => up_to === null || charged <= Number(up_to));
      flats.add(place);
      sum += money(model.tiers[place]!.unit_price);
    }
  }
  if (model.model === 'flat') sum = money(model.amount);
  if (model.model === 'graduated') for (const place of flats) sum += money(model.tiers[place]!.flat_amount);
  if (model.model === 'volume') {
    const tier = model.tiers.find(({ up_to }) => up_to === null || charged <= Number(up_to))!;
    for (let unit = 0; unit < charged; unit += 1) sum += money(tier.unit_price);
    sum += money(tier.flat_amount);
  }
  if (model.minimum !== undefined && sum < money(model.minimum)) sum = money(model.minimum);
  if (model.maximum !== undefined && sum > money(model.maximum)) sum = money(model.maximum);
  return sum;
}
