import { route } from '@/container';
import { idPath } from '@/http';
import { updateWebhookInput, webhookEndpoint } from '@/notifications/contracts';

export const PATCH = route(
  {
    id: 'updateWebhook',
    tag: 'Webhooks',
    summary: 'Change an endpoint',
    description: 'What is not named stays. What waits while an endpoint is off is sent once it is on again.',
    caller: 'person',
    minimumRole: 'admin',
    params: idPath,
    body: { schema: updateWebhookInput, example: { enabled: false } },
    answer: { status: 200, says: 'The endpoint.', schema: webhookEndpoint },
  },
  ({ principal: { organizationId, userId }, params, body, services }) =>
    services.webhookEndpoints.update(organizationId, userId, params.id, body),
);

export const DELETE = route(
  {
    id: 'deleteWebhook',
    tag: 'Webhooks',
    summary: 'Remove an endpoint',
    description: 'Its deliveries go with it, sent or not.',
    caller: 'person',
    minimumRole: 'admin',
    params: idPath,
    answer: { status: 204, says: 'It is removed.' },
  },
  async ({ principal: { organizationId, userId }, params, services }) => {
    await services.webhookEndpoints.remove(organizationId, userId, params.id);
  },
);
