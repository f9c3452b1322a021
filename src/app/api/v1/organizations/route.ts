import { createOrganizationInput } from '@/accounts/contracts';
import { withSession } from '@/container';
import { readJson, withIdempotency } from '@/http';

export const GET = withSession(async (_request, { principal, services }) =>
  Response.json({ data: await services.organizations.listForUser(principal.userId) }),
);

export const POST = withSession(
  withIdempotency(async (request, { principal, services }) => {
    const input = await readJson(request, createOrganizationInput);
    return Response.json(await services.organizations.create(principal, input), { status: 201 });
  }),
);
