import { createInvitationInput, invitation, invitationList } from '@/accounts/contracts';
import { route } from '@/container';
import { actingOn, idPath } from '@/http';

export const GET = route(
  {
    id: 'listInvitations',
    tag: 'Invitations',
    summary: 'List open invitations',
    caller: 'person',
    params: idPath,
    answer: { status: 200, says: 'The open invitations.', schema: invitationList },
    errors: ['forbidden'],
  },
  async ({ principal, params, services }) => ({
    data: await services.invitations.list(actingOn(principal, params.id)),
  }),
);

export const POST = route(
  {
    id: 'createInvitation',
    tag: 'Invitations',
    summary: 'Invite by e-mail',
    caller: 'person',
    params: idPath,
    idempotency: 'answer',
    body: { schema: createInvitationInput, example: { email: 'ada@example.com', role: 'member' } },
    answer: { status: 201, says: 'The invitation.', schema: invitation },
    errors: ['forbidden', 'conflict', 'payment_required'],
  },
  ({ principal, params, body, services }) => services.invitations.create(actingOn(principal, params.id), body),
);
