import { route } from '@/container';
import { idPath, seesLiveUsage } from '@/http';
import { usageReport } from '@/insight/contracts';

export const GET = route(
  {
    id: 'getReport',
    tag: 'Reports',
    summary: 'Read a report',
    description: 'How far it is, and whether its file is ready.',
    caller: 'key_or_person',
    scope: 'usage:read',
    params: idPath,
    answer: { status: 200, says: 'The report.', schema: usageReport },
  },
  ({ principal, params, services }) =>
    services.reports.get(principal.organizationId, params.id, { testOnly: !seesLiveUsage(principal) }),
);

export const DELETE = route(
  {
    id: 'deleteReport',
    tag: 'Reports',
    summary: 'Delete a report',
    description: 'With its file. One that is being made is given up.',
    caller: 'key_or_person',
    scope: 'usage:write',
    minimumRole: 'admin',
    params: idPath,
    answer: { status: 204, says: 'It is gone.' },
  },
  ({ principal, params, services }) =>
    services.reports.remove(principal.organizationId, params.id, { testOnly: !seesLiveUsage(principal) }),
);
