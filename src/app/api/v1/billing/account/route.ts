import { billingAccount, billingAccountInput } from '@/billing/contracts';
import { route } from '@/container';

export const GET = route(
  {
    id: 'getBillingAccount',
    tag: 'Billing',
    summary: 'Whom invoices are addressed to',
    caller: 'person',
    minimumRole: 'admin',
    answer: { status: 200, says: 'The account.', schema: billingAccount },
  },
  ({ principal, services }) => services.billing.accounts.get(principal.organizationId),
);

export const PATCH = route(
  {
    id: 'updateBillingAccount',
    tag: 'Billing',
    summary: 'Change whom invoices are addressed to',
    description: 'Holds for invoices that are issued later. Needs an owner or admin of the organization.',
    caller: 'person',
    minimumRole: 'admin',
    body: {
      schema: billingAccountInput,
      example: { legal_name: 'Acme GmbH', address: { line1: 'Hauptstr. 1', country: 'DE' } },
    },
    answer: { status: 200, says: 'The account as it is now.', schema: billingAccount },
  },
  ({ principal: { organizationId, userId }, body, services }) =>
    services.billing.accounts.update(organizationId, userId, body),
);
