import { acceptInvitationInput, organization } from '@/accounts/contracts';
import { route } from '@/container';

export const POST = route(
  {
    id: 'acceptInvitation',
    tag: 'Invitations',
    summary: 'Accept an invitation',
    description: 'With the token from the e-mail, signed in under the address it was sent to.',
    caller: 'person',
    body: { schema: acceptInvitationInput, example: { token: 'token-from-the-invitation' } },
    answer: { status: 200, says: 'The organization you now belong to.', schema: organization },
    errors: ['not_found', 'forbidden', 'conflict', 'payment_required'],
  },
  ({ principal, body, services }) => services.invitations.accept(principal, body.token),
);
