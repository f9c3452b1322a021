import { route } from '@/container';
import { idPath } from '@/http';
import { webhookDeliveryList } from '@/notifications/contracts';

export const GET = route(
  {
    id: 'listWebhookDeliveries',
    tag: 'Webhooks',
    summary: 'List deliveries of an endpoint',
    description: 'The newest 50, with what was sent and what was answered.',
    caller: 'person',
    minimumRole: 'admin',
    params: idPath,
    answer: { status: 200, says: 'The deliveries.', schema: webhookDeliveryList },
  },
  async ({ principal, params, services }) => ({
    data: await services.webhookEndpoints.deliveries(principal.organizationId, params.id),
  }),
);
