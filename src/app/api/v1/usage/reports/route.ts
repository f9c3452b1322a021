import { route } from '@/container';
import { seesLiveUsage } from '@/http';
import { usageReportList, usageReportListQuery } from '@/insight/contracts';

export const GET = route(
  {
    id: 'listReports',
    tag: 'Reports',
    summary: 'List reports',
    description: 'The newest first, for seven days after they were done with. A test key sees those of test usage.',
    caller: 'key_or_person',
    scope: 'usage:read',
    query: usageReportListQuery,
    answer: { status: 200, says: 'One page of reports.', schema: usageReportList },
  },
  ({ principal, query, services }) =>
    services.reports.list(principal.organizationId, query, { testOnly: !seesLiveUsage(principal) }),
);
