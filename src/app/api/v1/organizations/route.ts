import { createOrganizationInput, organization, organizationList } from '@/accounts/contracts';
import { route } from '@/container';
import { limitCalls } from '@/http';

export const GET = route(
  {
    id: 'listOrganizations',
    tag: 'Organizations',
    summary: 'List your organizations',
    caller: 'person',
    answer: {
      status: 200,
      says: 'The organizations you belong to, and your role in each.',
      schema: organizationList,
    },
  },
  async ({ principal, services }) => ({ data: await services.organizations.listForUser(principal.userId) }),
);

export const POST = route(
  {
    id: 'createOrganization',
    tag: 'Organizations',
    summary: 'Create an organization',
    description: 'You become its owner.',
    caller: 'person',
    idempotency: 'answer',
    body: { schema: createOrganizationInput, example: { name: 'Acme' } },
    answer: { status: 201, says: 'The organization.', schema: organization },
  },
  async ({ principal, body, services }) => {
    await limitCalls(services, 'organization_creation', principal);
    return services.organizations.create(principal, body);
  },
);
