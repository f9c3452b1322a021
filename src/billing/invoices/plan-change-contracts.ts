import { z } from 'zod';

const money = (what: string) => z.string().describe(`${what} In major units of the currency, e.g. "49.00".`);
const instant = z.iso.datetime();

/** Which plan is asked about. */
export const planChangeQuery = z.strictObject({
  plan: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,62}$/, 'expected lower-case letters, digits and underscores')
    .describe('Key of the plan.'),
});

export const planChangePreview = z
  .object({
    plan: z.string(),
    currency: z.string(),
    effective_at: instant.describe('From when on the plan would hold: an upgrade at once, a lower plan later.'),
    at_once: z.boolean(),
    payment: z
      .enum(['with_invoices', 'checkout', 'subscription'])
      .describe(
        'How the plan is paid: with_invoices, after each period. checkout: on a page of Stripe’s first, then in advance. ' +
          'subscription: by the one that there is at Stripe, in advance.',
      ),
    due_now: money(
      'What is charged with the change itself: what is left of the period, by the second, where the plan is paid at Stripe; taxes come on top.',
    ),
    next_invoice: z
      .object({
        issued_from: instant.describe('The earliest instant at which it is made.'),
        fees: z
          .array(z.object({ description: z.string(), amount: money('By days.') }))
          .describe(
            'What the plans of the period cost, each for its days; and the plan of the next period, where it is paid in advance.',
          ),
        fees_total: money('What they add up to.'),
        projected_total: money(
          'The whole of it at the end of the period, overage counted in, if use goes on as it did.',
        ),
        projected_total_without: money('The same without the change.'),
      })
      .describe('Of the running period.'),
    price: money('What a period of the plan costs from then on, overage not counted in.'),
  })
  .meta({ id: 'PlanChangePreview' });
export type PlanChangePreview = z.output<typeof planChangePreview>;
