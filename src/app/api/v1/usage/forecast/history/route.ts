import { route } from '@/container';
import { seesLiveUsage } from '@/http';
import { forecastRecord, forecastRecordQuery } from '@/insight/contracts';

export const GET = route(
  {
    id: 'usageForecastHistory',
    tag: 'Usage',
    summary: 'How good forecasts were',
    description:
      'What was foretold of days that are over, so many days ahead, beside what came; of live usage, from the forecasts that are made every night of limited metrics and kept for a year.',
    caller: 'key_or_person',
    scope: 'usage:read',
    query: forecastRecordQuery,
    answer: { status: 200, says: 'Days that were foretold, and how far off that was.', schema: forecastRecord },
  },
  ({ principal, query, services }) =>
    services.usageForecasts.record(principal.organizationId, query, seesLiveUsage(principal)),
);
