import { route } from '@/container';
import {
  createWebhookInput,
  MOST_ENDPOINTS,
  webhookEndpointList,
  webhookEndpointWithSecret,
} from '@/notifications/contracts';

export const GET = route(
  {
    id: 'listWebhooks',
    tag: 'Webhooks',
    summary: 'List endpoints',
    description: 'As they were added. Secrets are never shown again.',
    caller: 'person',
    minimumRole: 'admin',
    answer: { status: 200, says: 'The endpoints.', schema: webhookEndpointList },
  },
  async ({ principal, services }) => ({ data: await services.webhookEndpoints.list(principal.organizationId) }),
);

export const POST = route(
  {
    id: 'createWebhook',
    tag: 'Webhooks',
    summary: 'Add an endpoint',
    description: `What happens is posted there as Standard Webhooks has it: webhook-id, webhook-timestamp and webhook-signature, and a body of type, timestamp and data. There are ${MOST_ENDPOINTS} at most.`,
    caller: 'person',
    minimumRole: 'admin',
    idempotency: 'secret',
    body: {
      schema: createWebhookInput,
      example: { url: 'https://example.com/webhooks', event_types: ['alert.raised', 'alert.resolved'] },
    },
    answer: { status: 201, says: 'The endpoint and its secret.', schema: webhookEndpointWithSecret },
    errors: ['conflict'],
  },
  ({ principal: { organizationId, userId }, body, services }) =>
    services.webhookEndpoints.create(organizationId, userId, body),
);
