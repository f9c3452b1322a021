import { route } from '@/container';
import { checkQuota, metricPath, payerOf, requiredQuery } from '@/http';
import { quotaCheck } from '@/quotas/contracts';

export const GET = route(
  {
    id: 'checkUsageQuota',
    tag: 'Quotas',
    summary: 'Would so much of a metric fit?',
    description: 'Answers as a call of that cost would be answered now, and uses nothing.',
    caller: 'key_or_person',
    scope: 'usage:read',
    limit: 'asking',
    params: metricPath,
    query: requiredQuery,
    answer: { status: 200, says: 'Whether it fits, and why not.', schema: quotaCheck },
    errors: ['quota_unavailable'],
  },
  ({ principal, params: { metric }, query: { required_quantity: required }, services }) =>
    checkQuota(services, { ...payerOf(principal), metric, required }),
);
