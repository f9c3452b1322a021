import { route } from '@/container';
import { checkedPrincipal, checkQuota, payerOf, quotaCheckHeaders, quotaCheckQuery } from '@/http';
import { quotaCheck } from '@/quotas/contracts';

export const GET = route(
  {
    id: 'checkQuota',
    tag: 'Quotas',
    summary: 'May this key call?',
    description:
      'For gateways in front of an API: asks for the key that calls, or, with the scope `quota:check`, for the one that ' +
      '`X-Checked-Key` names. Uses nothing.',
    caller: 'key_or_person',
    limit: 'asking',
    query: quotaCheckQuery,
    headers: quotaCheckHeaders,
    answer: { status: 200, says: 'Whether it may, and why not.', schema: quotaCheck },
    errors: ['missing_scope', 'not_found', 'quota_unavailable'],
  },
  async ({ principal, query: { metric, required_quantity: required }, headers, services }) => {
    const payer = payerOf(await checkedPrincipal(services, principal, headers['X-Checked-Key']));
    return checkQuota(services, { ...payer, metric, required });
  },
);
