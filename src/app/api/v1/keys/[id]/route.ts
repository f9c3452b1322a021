import { route } from '@/container';
import { idPath, keyActorOf } from '@/http';
import { apiKey } from '@/keys/contracts';

export const GET = route(
  {
    id: 'getApiKey',
    tag: 'API keys',
    summary: 'Read a key',
    caller: 'key_or_person',
    scope: 'keys:read',
    params: idPath,
    answer: { status: 200, says: 'The key, without its secret.', schema: apiKey },
  },
  ({ principal, params, services }) => services.apiKeys.get(principal.organizationId, params.id),
);

export const DELETE = route(
  {
    id: 'revokeApiKey',
    tag: 'API keys',
    summary: 'Revoke a key',
    description: 'It stops working everywhere within a second. This cannot be undone.',
    caller: 'key_or_person',
    scope: 'keys:write',
    minimumRole: 'admin',
    params: idPath,
    answer: { status: 204, says: 'The key is revoked.' },
  },
  async ({ principal, params, services }) => {
    await services.apiKeys.revoke(principal.organizationId, keyActorOf(principal), params.id);
  },
);
