import { z } from 'zod';

/** Exact: a JSON number would not be. */
const decimal = (what: string) =>
  z
    .string()
    .regex(/^\d{1,15}(\.\d{1,12})?$/, 'expected a decimal number as a string, e.g. "0.002"')
    .describe(what);

const tiers = z
  .array(
    z.strictObject({
      up_to: decimal(
        'Last unit of the tier, counted from the first unit of overage; null in the last tier.',
      ).nullable(),
      unit_price: decimal('Price of one unit.'),
      flat_amount: decimal(
        'Charged once where the tier is reached, beside its units; that of the first tier also where nothing was used.',
      ).optional(),
    }),
  )
  .min(1)
  .max(20);

const bounds = {
  minimum: decimal('The least that a period is charged for the metric, also where nothing was used.').optional(),
  maximum: decimal('The most that a period is charged for the metric.').optional(),
};

/** What units beyond the included ones cost, in major units of the plan's currency. */
export const priceModel = z
  .discriminatedUnion('model', [
    z.strictObject({
      model: z.literal('flat'),
      amount: decimal('Price of the period, however much is used.'),
      ...bounds,
    }),
    z.strictObject({ model: z.literal('per_unit'), unit_price: decimal('Price of one unit.'), ...bounds }),
    z.strictObject({ model: z.literal('graduated'), tiers, ...bounds }),
    z.strictObject({ model: z.literal('volume'), tiers, ...bounds }),
    z.strictObject({
      model: z.literal('package'),
      package_size: decimal('Units in a package.'),
      package_price: decimal('Price of a package.'),
      charged: z
        .enum(['started', 'full'])
        .optional()
        .describe('Which packages are paid for: every one that was begun (if not said), or full ones only.'),
      ...bounds,
    }),
  ])
  .meta({ id: 'PriceModel' });
export type PriceModel = z.output<typeof priceModel>;
