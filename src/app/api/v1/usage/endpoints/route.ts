import { rangeQuery } from '@/analytics/contracts';
import { readUsage } from '../read-usage';

export const GET = readUsage(rangeQuery, (queries, organizationId, query) => queries.byEndpoint(organizationId, query));
