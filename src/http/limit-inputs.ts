/** What comes in at the routes of quotas and of admins, beside the contracts of the rooms below. */
import { z } from 'zod';
import { overrideInput } from '@/plans/contracts';
import { metricKey } from './route/path-params';

const reason = z.string().trim().min(1).max(500).describe('Why; it stands in the audit log.');
const instant = z.iso.datetime({ offset: true });

export const quotasQuery = z.strictObject({
  mode: z
    .enum(['live', 'test'])
    .default('live')
    .describe('Quotas of live or of test keys. A test key always reads its own.'),
});

export const requiredQuery = z.strictObject({
  required_quantity: z.coerce.number().positive().max(1e15).default(1).describe('Units that are wanted.'),
});

export const quotaCheckQuery = requiredQuery.extend({
  metric: metricKey.default('api_calls'),
});

/** A key is a secret, and what stands in an address stands in logs. */
export const quotaCheckHeaders = z.object({
  'X-Checked-Key': z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe('For a gateway whose own key has the scope quota:check: the key whose quota is asked for.'),
});

/** The metric stands in the path. */
export const adminOverrideInput = overrideInput.omit({ metric: true }).meta({ id: 'AdminOverrideInput' });
export const adminPlanInput = z
  .strictObject({ plan: metricKey.describe('Key of the plan; its newest version holds at once.') })
  .meta({ id: 'AdminPlanInput' });
export const adminTrialInput = z
  .strictObject({
    plan: metricKey.describe('Key of the plan; its newest version holds at once.'),
    ends_at: instant.describe('When the plan from before comes back; within a year from now.'),
  })
  .meta({ id: 'AdminTrialInput' });
export const resetQuotaInput = z.strictObject({ reason }).meta({ id: 'ResetQuotaInput' });

export const testClockInput = z
  .strictObject({ now: instant.nullable().describe('The instant it is to be now; null for real time.') })
  .meta({ id: 'TestClockInput' });
export const testClockView = z
  .object({ now: z.iso.datetime(), offset_ms: z.int().describe('How far ahead of real time.') })
  .meta({ id: 'TestClock' });
