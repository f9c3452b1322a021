import { historyQuery } from '@/analytics/contracts';
import { readUsage } from '../read-usage';

export const GET = readUsage(historyQuery, (queries, organizationId, query) => queries.history(organizationId, query));
