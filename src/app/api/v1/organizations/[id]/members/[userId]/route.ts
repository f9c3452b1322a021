import { changeRoleInput } from '@/accounts/contracts';
import { withSession } from '@/container';
import { actingOn, readJson, uuidOf } from '@/http';

export const PATCH = withSession(async (request, { principal, params, services }) => {
  const { role } = await readJson(request, changeRoleInput);
  const member = await services.members.changeRole(actingOn(principal, params), uuidOf(params, 'userId'), role);
  return Response.json(member);
});

export const DELETE = withSession(async (_request, { principal, params, services }) => {
  await services.members.remove(actingOn(principal, params), uuidOf(params, 'userId'));
  return new Response(null, { status: 204 });
});
