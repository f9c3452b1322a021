import { route } from '@/container';
import { idPath } from '@/http';
import { webhookEndpointWithSecret } from '@/notifications/contracts';

export const POST = route(
  {
    id: 'rotateWebhookSecret',
    tag: 'Webhooks',
    summary: 'Replace the secret of an endpoint',
    description: 'For 24 hours deliveries carry a signature of either secret.',
    caller: 'person',
    minimumRole: 'admin',
    idempotency: 'secret',
    params: idPath,
    answer: { status: 200, says: 'The endpoint and its new secret.', schema: webhookEndpointWithSecret },
  },
  ({ principal: { organizationId, userId }, params, services }) =>
    services.webhookEndpoints.rotateSecret(organizationId, userId, params.id),
);
