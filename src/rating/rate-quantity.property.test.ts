import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import { countedCost, decimals, priceModels } from '@/testing/price-models';
import { type PriceModel } from './contracts';
import { rateQuantity } from './rate-quantity';

type Terms = Partial<Parameters<typeof rateQuantity>[0]> & { price: PriceModel };

const rate = ({ price, included = 0, overageLimit = null }: Terms, quantity: Decimal.Value) =>
  rateQuantity({ price, included, overageLimit, currency: 'USD' }, new Decimal(quantity));

const units = fc.integer({ min: 0, max: 150 });

describe('rateQuantity, for every price', () => {
  it('is what counting one unit after another comes to', () => {
    fc.assert(
      fc.property(priceModels, units, units, units, (model, included, overageLimit, quantity) => {
        const { exact, minor } = rate({ price: model, included, overageLimit }, quantity);
        const tenThousandths = countedCost(model, { included, overageLimit }, quantity);
        expect(exact.times(10_000).toFixed()).toBe(String(tenThousandths));
        expect(minor).toBe(Number((tenThousandths + 50n) / 100n));
      }),
      { numRuns: 500 },
    );
  });

  it('has parts whose quantities add up to the quantity, and whose amounts add up to the amount', () => {
    fc.assert(
      fc.property(priceModels, units, fc.option(units), decimals(300, 6), (model, included, overageLimit, quantity) => {
        const { exact, parts } = rate({ price: model, included, overageLimit }, quantity);
        const sum = (of: Decimal[]) => of.reduce((total, value) => total.plus(value), new Decimal(0)).toFixed();
        expect(sum(parts.map((part) => part.quantity))).toBe(quantity);
        expect(sum(parts.map((part) => part.amount))).toBe(exact.toFixed());
      }),
    );
  });

  it('never costs less for more, unless the price is by volume', () => {
    fc.assert(
      fc.property(priceModels, units, decimals(300, 3), decimals(300, 3), (model, included, quantity, more) => {
        fc.pre(model.model !== 'volume');
        const less = rate({ price: model, included }, quantity).exact;
        expect(less.lte(rate({ price: model, included }, new Decimal(quantity).plus(more)).exact)).toBe(true);
      }),
    );
  });
});
