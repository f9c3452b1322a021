import { withReader } from '@/container';
import { checkInput, keyActorOf, readJson, withIdempotency } from '@/http';
import { apiKeyPath, rotateApiKeyInput } from '@/keys/contracts';

export const POST = withReader(
  { scope: 'keys:write', minimumRole: 'admin' },
  withIdempotency(
    async (request, { principal, params, services }) => {
      const { id } = checkInput(apiKeyPath, params, 'path');
      const { overlap_seconds } = await readJson(request, rotateApiKeyInput);
      const actor = keyActorOf(principal);
      const created = await services.apiKeys.rotate(principal.organizationId, actor, id, overlap_seconds);
      return Response.json(created, { status: 201, headers: { location: `/api/v1/keys/${created.id}` } });
    },
    { secret: true },
  ),
);
