import { z } from 'zod';
import { oneLine } from '@/kernel/one-line';

const text = (longest: number, what: string) => oneLine(longest).nullable().optional().describe(what);

export const billingAddress = z.strictObject({
  line1: text(200, 'Street and number.'),
  line2: text(200, 'What else the address needs.'),
  postal_code: text(20, 'Postal code.'),
  city: text(100, 'City.'),
  state: text(100, 'State or region.'),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, 'expected two capitals, e.g. DE')
    .nullable()
    .optional()
    .describe('ISO 3166-1 alpha-2.'),
});

/** What is left out stays as it is; null removes it. */
export const billingAccountInput = z
  .strictObject({
    legal_name: text(200, 'Whom invoices are addressed to; the name of the organization where nothing is said.'),
    email: z
      .email()
      .max(320)
      .nullable()
      .optional()
      .describe('Where invoices are sent; the first owner where nothing is said.'),
    tax_id: text(50, 'E.g. a VAT number.'),
    address: billingAddress.nullable().optional(),
  })
  .meta({ id: 'BillingAccountInput' });
export type BillingAccountInput = z.output<typeof billingAccountInput>;

export const billingAccount = z
  .object({
    organization_id: z.uuid(),
    legal_name: z.string().nullable(),
    email: z.string().nullable(),
    tax_id: z.string().nullable(),
    address: billingAddress,
    currency: z.string().nullable().describe('Of all invoices; null before the first.'),
    billed_through: z.iso.datetime().describe('Periods that ended by then are billed.'),
    carried_over: z.string().nullable().describe('What earlier invoices left for the next one; negative is a credit.'),
    failing_since: z.iso.datetime().nullable().describe('Since when a payment that failed is outstanding.'),
    restricted_at: z.iso.datetime().nullable().describe('Since when the limits of the free plan hold for it.'),
  })
  .meta({ id: 'BillingAccount' });
export type BillingAccountView = z.output<typeof billingAccount>;
