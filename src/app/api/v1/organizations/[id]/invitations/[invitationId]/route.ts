import { withSession } from '@/container';
import { actingOn, uuidOf } from '@/http';

export const DELETE = withSession(async (_request, { principal, params, services }) => {
  await services.invitations.revoke(actingOn(principal, params), uuidOf(params, 'invitationId'));
  return new Response(null, { status: 204 });
});
