import { z } from 'zod';
import { isOneLine } from '@/kernel/one-line';
import { ROLES } from '@/accounts/contracts';
import { asked, isOfAll, OF_ALL } from './report-contracts';
import { isTimeZone } from './schedule-times';

const instant = z.iso.datetime();
const MOST_ADDRESSES = 20;

const recipients = z
  .union([
    z.strictObject({ roles: z.array(z.enum(ROLES)).min(1).max(ROLES.length) }),
    z.strictObject({ addresses: z.array(z.email().max(254)).min(1).max(MOST_ADDRESSES) }),
  ])
  .describe('Members of these roles, or addresses of members.');
export type Recipients = z.output<typeof recipients>;

const schedule = {
  ...asked,
  name: z.string().trim().min(1).max(100).refine(isOneLine, 'expected one line, without control characters'),
  every: z.enum(['week', 'month']),
  day: z
    .int()
    .min(1)
    .max(31)
    .describe(
      'Of the week, from 1 for Monday, or of the month; the last one where a month is shorter. Periods begin on it.',
    ),
  time_zone: z
    .string()
    .max(64)
    .refine(isTimeZone, 'expected a time zone such as Europe/Berlin')
    .default('UTC')
    .describe('Whose days count, e.g. Europe/Berlin.'),
  recipients,
};

export const createReportScheduleInput = z
  .strictObject(schedule)
  .refine(isOfAll, OF_ALL)
  .refine(({ every, day }) => every === 'month' || day <= 7, { path: ['day'], message: 'expected 1 (Monday) to 7' })
  .meta({ id: 'CreateReportScheduleInput' });
export type CreateReportScheduleInput = z.output<typeof createReportScheduleInput>;

export const reportSchedule = z
  .object({
    ...schedule,
    id: z.uuid(),
    metrics: z.array(z.string()).nullable(),
    created_at: instant,
    next_at: instant.describe('When the next report is made: six hours after its period ends.'),
    last_period_end: instant.nullable(),
  })
  .meta({ id: 'ReportSchedule' });
export type ReportSchedule = z.output<typeof reportSchedule>;
export const reportScheduleList = z.object({ data: z.array(reportSchedule) }).meta({ id: 'ReportScheduleList' });
