import { route } from '@/container';
import { keyActorOf } from '@/http';
import { apiKeyList, apiKeyListQuery, createApiKeyInput, createdApiKey } from '@/keys/contracts';

export const GET = route(
  {
    id: 'listApiKeys',
    tag: 'API keys',
    summary: 'List keys',
    description: 'The newest first. Secrets are never shown again.',
    caller: 'key_or_person',
    scope: 'keys:read',
    query: apiKeyListQuery,
    answer: { status: 200, says: 'One page of keys.', schema: apiKeyList },
  },
  ({ principal, query, services }) => services.apiKeys.list(principal.organizationId, query),
);

export const POST = route(
  {
    id: 'createApiKey',
    tag: 'API keys',
    summary: 'Create a key',
    description: 'The answer is the only place where the secret is shown.',
    caller: 'key_or_person',
    scope: 'keys:write',
    minimumRole: 'admin',
    idempotency: 'secret',
    body: { schema: createApiKeyInput, example: { name: 'Production', scopes: ['usage:read'] } },
    answer: { status: 201, says: 'The key and its secret.', schema: createdApiKey },
    errors: ['payment_required'],
  },
  async ({ principal, body, services }) => {
    const { organizationId } = principal;
    const allowance = await services.planAllowances.of(organizationId, 'api_keys');
    const bounds = { maxRequestsPerMinute: allowance.plan.requestsPerMinute, allowance };
    const created = await services.apiKeys.create(organizationId, keyActorOf(principal), body, bounds);
    return Response.json(created, { status: 201, headers: { location: `/api/v1/keys/${created.id}` } });
  },
);
