import { upcomingInvoice } from '@/billing/contracts';
import { route } from '@/container';
import { assertSeesLiveUsage } from '@/http';

export const GET = route(
  {
    id: 'upcomingInvoice',
    tag: 'Billing',
    summary: 'The next invoice',
    description:
      'What the invoice of the running period will say, line by line: made by the same code on the quantities so far, and beside it on those ' +
      'that the period comes to if use goes on as it did. In the time between its end and the invoice it is the period that just ended.',
    caller: 'key_or_person',
    scope: 'usage:read',
    answer: { status: 200, says: 'The invoice as it would be.', schema: upcomingInvoice },
    errors: ['conflict'],
  },
  async ({ principal, services: { billing, clock } }) => {
    assertSeesLiveUsage(principal);
    return billing.upcoming(principal.organizationId, clock.now());
  },
);
