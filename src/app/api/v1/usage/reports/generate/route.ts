import { route } from '@/container';
import { callerName, usageSeenBy } from '@/http';
import { generateReportInput, usageReport } from '@/insight/contracts';

export const POST = route(
  {
    id: 'generateReport',
    tag: 'Reports',
    summary: 'Have a report made',
    description:
      'It is queued, and begun at once where the server is idle; read it again to see how far it is. At most five of an organization wait at a time.',
    caller: 'key_or_person',
    scope: 'usage:read',
    limit: 'exporting',
    feature: 'export',
    idempotency: 'answer',
    body: {
      schema: generateReportInput,
      example: { type: 'summary', format: 'pdf', from: '2026-10-01T00:00:00Z', to: '2026-11-01T00:00:00Z' },
    },
    answer: { status: 202, says: 'The report, which has no file yet.', schema: usageReport },
    errors: ['too_many_requests'],
  },
  async ({ principal, body, services }) => {
    const input = usageSeenBy(principal, body);
    const report = await services.reports.request(principal.organizationId, callerName(principal), input);
    return Response.json(report, { status: 202, headers: { location: `/api/v1/usage/reports/${report.id}` } });
  },
);
