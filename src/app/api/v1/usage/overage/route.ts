import { usageOverage } from '@/billing/contracts';
import { route } from '@/container';
import { assertSeesLiveUsage } from '@/http';

export const GET = route(
  {
    id: 'usageOverage',
    tag: 'Billing',
    summary: 'What overage costs in the present period',
    description: 'Per metric that was used: units beyond what is included, and what they cost, so far and projected.',
    caller: 'key_or_person',
    scope: 'usage:read',
    answer: { status: 200, says: 'The overage.', schema: usageOverage },
    errors: ['conflict'],
  },
  async ({ principal, services: { billing, clock } }) => {
    assertSeesLiveUsage(principal);
    return billing.overage(principal.organizationId, clock.now());
  },
);
