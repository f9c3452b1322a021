import { withAdmin } from '@/container';
import { readJson, uuidOf, withIdempotency } from '@/http';
import { grantInput } from '@/plans/contracts';

export const GET = withAdmin(async (_request, { params, services }) =>
  Response.json({ data: await services.subscriptions.grants(uuidOf(params, 'id')) }),
);

export const POST = withAdmin(
  withIdempotency(async (request, { principal, params, services }) => {
    const input = await readJson(request, grantInput);
    const actor = { kind: 'user' as const, id: principal.userId };
    return Response.json(await services.subscriptions.grant(uuidOf(params, 'id'), actor, input), { status: 201 });
  }),
);
