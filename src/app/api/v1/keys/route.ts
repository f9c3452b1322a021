import { withReader } from '@/container';
import { keyActorOf, readJson, readQuery, withAttemptLimit, withIdempotency } from '@/http';
import { apiKeyListQuery, createApiKeyInput } from '@/keys/contracts';

export const GET = withReader({ scope: 'keys:read' }, async (request, { principal, services }) =>
  Response.json(await services.apiKeys.list(principal.organizationId, readQuery(request.url, apiKeyListQuery))),
);

export const POST = withReader(
  { scope: 'keys:write', minimumRole: 'admin' },
  withIdempotency(
    withAttemptLimit('key_creation', async (request, { principal, services }) => {
      const input = await readJson(request, createApiKeyInput);
      const { organizationId } = principal;
      const { plan } = await services.quotaGate.entitlements(organizationId, services.clock.now().getTime());
      const bounds = { maxRequestsPerMinute: plan.requestsPerMinute };
      const created = await services.apiKeys.create(organizationId, keyActorOf(principal), input, bounds);
      return Response.json(created, { status: 201, headers: { location: `/api/v1/keys/${created.id}` } });
    }),
    { secret: true },
  ),
);
