import { currentQuery } from '@/analytics/contracts';
import { readUsage } from '../read-usage';

export const GET = readUsage(currentQuery, (queries, organizationId, query) =>
  queries.currentPeriod(organizationId, query),
);
