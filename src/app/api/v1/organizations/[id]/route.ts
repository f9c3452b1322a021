import { organization, updateOrganizationInput } from '@/accounts/contracts';
import { route } from '@/container';
import { actingOn, idPath } from '@/http';

export const GET = route(
  {
    id: 'getOrganization',
    tag: 'Organizations',
    summary: 'Read an organization',
    caller: 'person',
    params: idPath,
    answer: { status: 200, says: 'The organization and your role in it.', schema: organization },
  },
  ({ principal, params, services }) => services.organizations.get(actingOn(principal, params.id)),
);

export const PATCH = route(
  {
    id: 'updateOrganization',
    tag: 'Organizations',
    summary: 'Rename an organization',
    caller: 'person',
    params: idPath,
    body: { schema: updateOrganizationInput, example: { name: 'Acme GmbH' } },
    answer: { status: 200, says: 'The organization.', schema: organization },
    errors: ['forbidden'],
  },
  ({ principal, params, body, services }) => services.organizations.rename(actingOn(principal, params.id), body),
);
