import { route } from '@/container';
import { idPath } from '@/http';

export const DELETE = route(
  {
    id: 'deleteReportSchedule',
    tag: 'Reports',
    summary: 'Delete a schedule of reports',
    description: 'Reports that it made stay until they expire.',
    caller: 'person',
    minimumRole: 'admin',
    params: idPath,
    answer: { status: 204, says: 'It is gone.' },
  },
  ({ principal, params, services }) => services.reportSchedules.remove(principal.organizationId, params.id),
);
