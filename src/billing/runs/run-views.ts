import { z } from 'zod';

const STATUSES = ['running', 'done', 'stopped', 'failed'] as const;

const instant = z.iso.datetime();

const billingRunView = z
  .object({
    id: z.uuid(),
    status: z
      .enum(STATUSES)
      .describe('stopped: its time was over, and the next run goes on. failed: it could not go on; see `reason`.'),
    reason: z.string().nullable(),
    dry_run: z.boolean().describe('Whether it priced what is due without writing anything.'),
    at: instant.describe('The moment it bills for: periods that were over by then.'),
    started_by: z.string(),
    started_at: instant,
    heartbeat_at: instant.describe('When it was last heard of.'),
    ended_at: instant.nullable(),
    due: z.int().describe('Organizations with something to do when it began.'),
    processed: z.int().describe('Organizations that it is done with.'),
    failed: z.int().describe('Organizations in which something failed; they are tried again later.'),
    invoiced: z.int().describe('Periods that an invoice was made for.'),
    skipped: z.int().describe('Periods that came to nothing, so that none was made.'),
    amounts: z
      .record(z.string(), z.string())
      .describe('What those periods came to, before taxes, in major units by currency.'),
  })
  .meta({ id: 'BillingRun' });
export type BillingRunView = z.output<typeof billingRunView>;

const failure = z.object({ organization_id: z.uuid(), reason: z.string(), at: instant });
export type BillingRunFailure = z.output<typeof failure>;

const failures = z.array(failure).describe('The first thousand.');
export const billingRunDetail = billingRunView.extend({ failures }).meta({ id: 'BillingRunDetail' });
export type BillingRunDetail = z.output<typeof billingRunDetail>;

/** What the scheduler is answered. */
export const billingRunSummary = z.object({
  status: z.enum([...STATUSES, 'busy']).describe('busy: another run is at it.'),
  run: billingRunDetail.nullable(),
});
export type BillingRunSummary = z.output<typeof billingRunSummary>;

export const billingRunList = z
  .object({
    data: z.array(billingRunView),
    next_cursor: z.string().nullable(),
    billed_up_to: instant.nullable().describe('Everybody is billed up to this moment, but for those that failed.'),
  })
  .meta({ id: 'BillingRunList' });
export type BillingRunList = z.output<typeof billingRunList>;

export const billingRunListQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.uuid().optional(),
});

/** A moment that is over, e.g. one whose run was missed. */
const at = z.iso
  .datetime({ offset: true })
  .transform((text) => new Date(text))
  .optional()
  .describe('The moment to bill for, e.g. of a run that was missed; now if absent. Not in the future.');

export const billingRunInput = z
  .strictObject({
    dry_run: z.boolean().default(false).describe('Prices what is due, the next period of each, and writes nothing.'),
    at,
  })
  .meta({ id: 'BillingRunInput' });

export const billingRunQuery = z.strictObject({
  dryRun: z
    .enum(['0', '1'])
    .default('0')
    .transform((value) => value === '1')
    .describe('1 prices what is due, the next period of each, and writes nothing.'),
  at,
});
