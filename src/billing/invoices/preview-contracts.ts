import { z } from 'zod';

const money = (what: string) => z.string().describe(`${what} In major units of the currency, e.g. "49.00".`);
const exact = z.string().describe('An exact decimal.');
const instant = z.iso.datetime();
const period = z.object({ from: instant, to: instant }).describe('Half-open, in UTC.');

const previewLine = z
  .object({
    kind: z.enum(['plan', 'usage', 'adjustment', 'carried']),
    description: z.string(),
    metric: z.string().nullable(),
    unit: z.string().nullable(),
    from: instant,
    to: instant,
    quantity: exact.nullable().describe('Units used; null where the line counts none.'),
    included: exact.nullable().describe('Units of it that cost nothing more; null is unlimited, or none are counted.'),
    overage: exact.nullable().describe('Units of it beyond the included ones; null where the line counts none.'),
    exact_amount: exact.describe('Before it is rounded, in major units.'),
    amount: money('Rounded once, half up.'),
    amount_minor: z.int(),
  })
  .meta({ id: 'UpcomingInvoiceLine' });

const previewSum = {
  lines: z.array(previewLine),
  total: money('What the lines add up to.'),
  total_minor: z.int(),
  carried_over: money('What is left for the invoice after this one: owed by the customer, or to them where negative.'),
};

export const upcomingInvoice = z
  .object({
    organization_id: z.uuid(),
    period,
    issued_from: instant.describe('The earliest instant at which the invoice is made.'),
    currency: z.string(),
    ...previewSum,
    projected: z
      .object(previewSum)
      .describe('The same at the end of the period, if use goes on as it did so far in it; without taxes, as above.'),
  })
  .meta({ id: 'UpcomingInvoice' });
export type UpcomingInvoice = z.output<typeof upcomingInvoice>;
export type UpcomingInvoiceLine = z.output<typeof previewLine>;

const overageFigures = {
  quantity: exact.describe('Units used in the period; of a gauge its level.'),
  overage: exact.describe('Units of them beyond the included ones.'),
  amount: money('What they cost, the price of the plan not counted in.'),
};

export const usageOverage = z
  .object({
    organization_id: z.uuid(),
    period,
    currency: z.string(),
    data: z
      .array(
        z.object({
          metric: z.string(),
          name: z.string(),
          unit: z.string(),
          included: exact.nullable().describe('Units that cost nothing more; null is unlimited.'),
          ...overageFigures,
          projected: z.object(overageFigures),
        }),
      )
      .describe('Metrics that were used, in the order of the catalogue.'),
    total: money('What the overage of all metrics costs so far.'),
    projected_total: money('The same at the end of the period, if use goes on as it did so far in it.'),
    spend_cap: money('What overage may cost in the period;').nullable().describe('Null is no cap.'),
  })
  .meta({ id: 'UsageOverage' });
export type UsageOverage = z.output<typeof usageOverage>;
