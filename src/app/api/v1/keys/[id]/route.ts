import { withReader } from '@/container';
import { checkInput, keyActorOf } from '@/http';
import { apiKeyPath } from '@/keys/contracts';

export const GET = withReader({ scope: 'keys:read' }, async (_request, { principal, params, services }) => {
  const { id } = checkInput(apiKeyPath, params, 'path');
  return Response.json(await services.apiKeys.get(principal.organizationId, id));
});

export const DELETE = withReader(
  { scope: 'keys:write', minimumRole: 'admin' },
  async (_request, { principal, params, services }) => {
    const { id } = checkInput(apiKeyPath, params, 'path');
    await services.apiKeys.revoke(principal.organizationId, keyActorOf(principal), id);
    return new Response(null, { status: 204 });
  },
);
