import { route } from '@/container';
import { idPath, keyActorOf } from '@/http';
import { createdApiKey, rotateApiKeyInput } from '@/keys/contracts';

export const POST = route(
  {
    id: 'rotateApiKey',
    tag: 'API keys',
    summary: 'Rotate a key',
    description: 'Makes a key with the same rights; the old one goes on working for the overlap.',
    caller: 'key_or_person',
    scope: 'keys:write',
    minimumRole: 'admin',
    params: idPath,
    idempotency: 'secret',
    body: { schema: rotateApiKeyInput, example: { overlap_seconds: 86_400 } },
    answer: { status: 201, says: 'The new key and its secret.', schema: createdApiKey },
    errors: ['conflict', 'rate_limited', 'payment_required'],
  },
  async ({ principal, params, body, services }) => {
    const actor = keyActorOf(principal);
    const created = await services.apiKeys.rotate(principal.organizationId, actor, params.id, body.overlap_seconds);
    return Response.json(created, { status: 201, headers: { location: `/api/v1/keys/${created.id}` } });
  },
);
