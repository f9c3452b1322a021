import { createInvitationInput } from '@/accounts/contracts';
import { withSession } from '@/container';
import { actingOn, readJson, withIdempotency } from '@/http';

export const GET = withSession(async (_request, { principal, params, services }) =>
  Response.json({ data: await services.invitations.list(actingOn(principal, params)) }),
);

export const POST = withSession(
  withIdempotency(async (request, { principal, params, services }) => {
    const input = await readJson(request, createInvitationInput);
    const invitation = await services.invitations.create(actingOn(principal, params), input);
    return Response.json(invitation, { status: 201 });
  }),
);
