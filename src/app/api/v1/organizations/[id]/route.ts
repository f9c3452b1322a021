import { updateOrganizationInput } from '@/accounts/contracts';
import { withSession } from '@/container';
import { actingOn, readJson } from '@/http';

export const GET = withSession(async (_request, { principal, params, services }) =>
  Response.json(await services.organizations.get(actingOn(principal, params))),
);

export const PATCH = withSession(async (request, { principal, params, services }) => {
  const input = await readJson(request, updateOrganizationInput);
  return Response.json(await services.organizations.rename(actingOn(principal, params), input));
});
