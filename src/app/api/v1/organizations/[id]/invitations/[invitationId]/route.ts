import { route } from '@/container';
import { actingOn, invitationPath } from '@/http';

export const DELETE = route(
  {
    id: 'revokeInvitation',
    tag: 'Invitations',
    summary: 'Withdraw an invitation',
    caller: 'person',
    params: invitationPath,
    answer: { status: 204, says: 'The invitation no longer works.' },
    errors: ['forbidden'],
  },
  ({ principal, params: { id, invitationId }, services }) =>
    services.invitations.revoke(actingOn(principal, id), invitationId),
);
