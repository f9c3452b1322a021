import { z } from 'zod';
import { newPlanVersion } from '@/plans/contracts';

const MOST_DAYS = 400;
const DAY_MS = 86_400_000;
const day = (what: string) =>
  z.iso
    .date()
    .refine((text) => text >= '2000-01-01', 'expected a day from 2000-01-01 on')
    .describe(`${what} A day in UTC.`);
const money = z.string().describe('In major units of the currency, e.g. "49.00".');

export const simulationInput = z
  .strictObject({
    plan_key: newPlanVersion.shape.plan_key.describe('Whoever was on a version of this plan is priced.'),
    from: day('Periods that begin on it or later.'),
    to: day(`Periods that begin before it. At most ${MOST_DAYS} days after \`from\`.`),
    draft: newPlanVersion
      .omit({ plan_key: true })
      .describe('The terms to try, as a new version of the plan would have them. Nothing is published.'),
    limit: z.int().min(1).max(500).default(100).describe('Organizations of a page.'),
    cursor: z.uuid().toLowerCase().optional().describe('next_cursor of the page before'),
  })
  .refine(({ from, to }) => from < to, { path: ['to'], error: 'expected a day after `from`' })
  .refine(({ from, to }) => Date.parse(to) - Date.parse(from) <= MOST_DAYS * DAY_MS, {
    path: ['to'],
    error: `expected a day at most ${MOST_DAYS} days after \`from\``,
  })
  .meta({ id: 'PricingSimulationInput' });
export type SimulationInput = z.output<typeof simulationInput>;

const amounts = {
  currency: z.string(),
  old: money.describe('What the periods come to under the terms that held. In major units.'),
  old_minor: z.int(),
  new: money.describe('The same under the draft.'),
  new_minor: z.int(),
  difference: money.describe('New minus old.'),
  difference_minor: z.int(),
};
const organization = { organization_id: z.uuid(), organization_name: z.string() };

const simulatedOrganization = z
  .object({ ...organization, periods: z.int().min(1).describe('How many of its periods were priced.'), ...amounts })
  .meta({ id: 'SimulatedOrganization' });
export type SimulatedOrganization = z.output<typeof simulatedOrganization>;

export const simulation = z
  .object({
    data: z.array(simulatedOrganization),
    failed: z
      .array(z.object({ ...organization, reason: z.string() }))
      .describe('Organizations that cannot be priced, e.g. since they are billed in another currency than the draft.'),
    totals: z
      .array(
        z.object({
          ...amounts,
          organizations: z.int(),
          winners: z.int().describe('Those that would have paid less.'),
          losers: z.int().describe('Those that would have paid more.'),
        }),
      )
      .describe('Of this page, by currency.'),
    next_cursor: z
      .string()
      .nullable()
      .describe('Null when everybody was priced. A page may end before its limit: its time is bounded too.'),
  })
  .meta({ id: 'PricingSimulation' });
export type Simulation = z.output<typeof simulation>;
