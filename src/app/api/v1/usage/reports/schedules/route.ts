import { route } from '@/container';
import { callerName, usageSeenBy } from '@/http';
import { createReportScheduleInput, reportSchedule, reportScheduleList } from '@/insight/contracts';

export const GET = route(
  {
    id: 'listReportSchedules',
    tag: 'Reports',
    summary: 'List schedules of reports',
    description: 'The newest first; an organization has twenty at most.',
    caller: 'person',
    answer: { status: 200, says: 'The schedules.', schema: reportScheduleList },
  },
  async ({ principal, services }) => ({ data: await services.reportSchedules.list(principal.organizationId) }),
);

export const POST = route(
  {
    id: 'createReportSchedule',
    tag: 'Reports',
    summary: 'Have a report made every week or month',
    description:
      'Of the days of a time zone; made six hours after the period ends, and told of by mail to members. What was missed is made once, of the newest period.',
    caller: 'person',
    minimumRole: 'admin',
    feature: 'export',
    idempotency: 'answer',
    body: {
      schema: createReportScheduleInput,
      example: {
        name: 'Weekly numbers',
        type: 'summary',
        format: 'pdf',
        every: 'week',
        day: 1,
        time_zone: 'Europe/Berlin',
        recipients: { roles: ['owner', 'admin'] },
      },
    },
    answer: { status: 201, says: 'The schedule, with when its first report is made.', schema: reportSchedule },
    errors: ['conflict'],
  },
  ({ principal, body, services }) =>
    services.reportSchedules.create(principal.organizationId, callerName(principal), usageSeenBy(principal, body)),
);
