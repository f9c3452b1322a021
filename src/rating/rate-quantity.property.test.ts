import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import { type PriceModel } from './contracts';
import { rateQuantity } from './rate-quantity';

type Terms = Partial<Parameters<typeof rateQuantity>[0]> & { price: PriceModel };

const rate = ({ price, included = 0, overageLimit = null }: Terms, quantity: Decimal.Value) =>
  rateQuantity({ price, included, overageLimit, currency: 'USD' }, new Decimal(quantity));

/** Exact decimals with `digits` behind the point. */
const decimal = (max: number, digits: number, min = 0) =>
  fc
    .integer({ min: min * 10 ** digits, max: max * 10 ** digits })
    .map((n) => new Decimal(n).div(10 ** digits).toFixed());
const price = decimal(100, 4);
const bounds = fc
  .record({ minimum: fc.option(price, { nil: undefined }), span: fc.option(decimal(500, 2), { nil: undefined }) })
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
const priceModel: fc.Arbitrary<PriceModel> = fc
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

/** The same money, reckoned as a child would: one unit after another, in ten-thousandths of a dollar. */
function naive(model: PriceModel, included: number, overageLimit: number, quantity: number): bigint {
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

const units = fc.integer({ min: 0, max: 150 });

describe('rateQuantity, for every price', () => {
  it('is what counting one unit after another comes to', () => {
    fc.assert(
      fc.property(priceModel, units, units, units, (model, included, overageLimit, quantity) => {
        const { exact, minor } = rate({ price: model, included, overageLimit }, quantity);
        const tenThousandths = naive(model, included, overageLimit, quantity);
        expect(exact.times(10_000).toFixed()).toBe(String(tenThousandths));
        expect(minor).toBe(Number((tenThousandths + 50n) / 100n));
      }),
      { numRuns: 500 },
    );
  });

  it('has parts whose quantities add up to the quantity, and whose amounts add up to the amount', () => {
    fc.assert(
      fc.property(priceModel, units, fc.option(units), decimal(300, 6), (model, included, overageLimit, quantity) => {
        const { exact, parts } = rate({ price: model, included, overageLimit }, quantity);
        const sum = (of: Decimal[]) => of.reduce((total, value) => total.plus(value), new Decimal(0)).toFixed();
        expect(sum(parts.map((part) => part.quantity))).toBe(quantity);
        expect(sum(parts.map((part) => part.amount))).toBe(exact.toFixed());
      }),
    );
  });

  it('never costs less for more, unless the price is by volume', () => {
    fc.assert(
      fc.property(priceModel, units, decimal(300, 3), decimal(300, 3), (model, included, quantity, more) => {
        fc.pre(model.model !== 'volume');
        const less = rate({ price: model, included }, quantity).exact;
        expect(less.lte(rate({ price: model, included }, new Decimal(quantity).plus(more)).exact)).toBe(true);
      }),
    );
  });
});
