import { route } from '@/container';
import { usageSeenBy } from '@/http';
import { detectAnomaliesQuery, detectedAnomalies } from '@/insight/contracts';

export const POST = route(
  {
    id: 'detectUsageAnomalies',
    tag: 'Usage',
    summary: 'Look for anomalies',
    description:
      'What was unusual of a metric in the last 62 days, by hours that are over (120 days, by day, where distinct values are counted): one entry an incident.',
    caller: 'key_or_person',
    scope: 'usage:read',
    query: detectAnomaliesQuery,
    answer: { status: 200, says: 'The incidents, the newest first.', schema: detectedAnomalies },
  },
  ({ principal, query, services }) =>
    services.usageAnomalies.detect(principal.organizationId, usageSeenBy(principal, query)),
);
