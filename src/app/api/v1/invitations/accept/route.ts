import { acceptInvitationInput } from '@/accounts/contracts';
import { withSession } from '@/container';
import { readJson } from '@/http';

export const POST = withSession(async (request, { principal, services }) => {
  const { token } = await readJson(request, acceptInvitationInput);
  return Response.json(await services.invitations.accept(principal, token));
});
