import { withReader } from '@/container';
import { keyActorOf, readJson, readQuery, withIdempotency } from '@/http';
import { apiKeyListQuery, createApiKeyInput } from '@/keys/contracts';

export const GET = withReader({ scope: 'keys:read' }, async (request, { principal, services }) =>
  Response.json(await services.apiKeys.list(principal.organizationId, readQuery(request.url, apiKeyListQuery))),
);

export const POST = withReader(
  { scope: 'keys:write', minimumRole: 'admin' },
  withIdempotency(
    async (request, { principal, services }) => {
      const input = await readJson(request, createApiKeyInput);
      const { organizationId } = principal;
      const allowance = await services.planAllowances.of(organizationId, 'api_keys');
      const bounds = { maxRequestsPerMinute: allowance.plan.requestsPerMinute, allowance };
      const created = await services.apiKeys.create(organizationId, keyActorOf(principal), input, bounds);
      return Response.json(created, { status: 201, headers: { location: `/api/v1/keys/${created.id}` } });
    },
    { secret: true },
  ),
);
