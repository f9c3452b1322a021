/** Where an organization has what happens sent to. */
import { type Pool, type PoolClient } from 'pg';
import { inTransaction } from '@/db';
import { type Clock } from '@/kernel/clock';
import { AppError } from '@/kernel/errors';
import { refusalOfUrl } from './public-address';
import { newWebhookSecret } from './sign-webhook';
import {
  type CreateWebhookInput,
  MOST_ENDPOINTS,
  type UpdateWebhookInput,
  type WebhookDeliveryView,
  type WebhookEndpointView,
} from './webhook-contracts';
import {
  deleteEndpoint,
  insertEndpoint,
  listDeliveries,
  listEndpoints,
  lockEndpoints,
  replaceSecret,
  updateEndpoint,
} from './webhook-endpoint-store';

type WithSecret = WebhookEndpointView & { secret: string };

export interface WebhookEndpoints {
  /** As they were added. */
  list(organizationId: string): Promise<WebhookEndpointView[]>;
  /** @throws AppError invalid_request for a URL that is not called; conflict where there are ten already. */
  create(organizationId: string, userId: string, input: CreateWebhookInput): Promise<WithSecret>;
  /** Changes what is named. @throws AppError not_found; invalid_request for a URL that is not called. */
  update(organizationId: string, userId: string, id: string, input: UpdateWebhookInput): Promise<WebhookEndpointView>;
  /** What waits to be sent there is not. @throws AppError not_found */
  remove(organizationId: string, userId: string, id: string): Promise<void>;
  /** A new secret; the one before goes on signing beside it for 24 hours. @throws AppError not_found */
  rotateSecret(organizationId: string, userId: string, id: string): Promise<WithSecret>;
  /** The newest deliveries, 50 at most; none of an endpoint that is not the organization's. */
  deliveries(organizationId: string, id: string): Promise<WebhookDeliveryView[]>;
}

const OVERLAP_MS = 24 * 60 * 60_000;
const SHOWN_DELIVERIES = 50;

interface Entry {
  organizationId: string;
  actor: { kind: 'user'; id: string };
  action: string;
  target: string;
  details: Record<string, unknown>;
}

interface Options {
  pool: Pool;
  clock: Clock;
  allowLoopback: boolean;
  audit: (client: PoolClient, entry: Entry) => Promise<void>;
}

export function createWebhookEndpoints({ pool, clock, allowLoopback, audit }: Options): WebhookEndpoints {
  const refuseUrl = (url: string) => {
    const message = refusalOfUrl(url, allowLoopback);
    if (message !== null)
      throw new AppError('invalid_request', `The URL of a webhook: ${message}.`, {
        issues: [{ field: 'url', message }],
      });
  };

  /** Runs a change with its entry in the audit log; nothing changed where there is no such endpoint. */
  const change = <T>(
    [organizationId, userId, action]: readonly [string, string, string],
    work: (client: PoolClient) => Promise<{ target: string; details?: Record<string, unknown>; result: T } | null>,
  ): Promise<T> =>
    inTransaction(pool, async (client) => {
      const done = await work(client);
      if (!done) throw new AppError('not_found', 'There is no such webhook endpoint.');
      const { target, details = {}, result } = done;
      const actor = { kind: 'user' as const, id: userId };
      await audit(client, { organizationId, actor, action: `webhook_endpoint.${action}`, target, details });
      return result;
    });

  return {
    list: (organizationId) => listEndpoints(pool, organizationId),

    async create(organizationId, userId, input) {
      refuseUrl(input.url);
      return change([organizationId, userId, 'created'], async (client) => {
        await lockEndpoints(client, organizationId);
        if ((await listEndpoints(client, organizationId)).length >= MOST_ENDPOINTS)
          throw new AppError('conflict', `An organization has ${MOST_ENDPOINTS} webhook endpoints at most.`);
        const secret = newWebhookSecret();
        const endpoint = await insertEndpoint(client, organizationId, input, secret, clock.now());
        return { target: endpoint.id, details: { url: input.url }, result: { ...endpoint, secret } };
      });
    },

    async update(organizationId, userId, id, input) {
      if (input.url !== undefined) refuseUrl(input.url);
      return change([organizationId, userId, 'updated'], async (client) => {
        const endpoint = await updateEndpoint(client, organizationId, id, input);
        return endpoint && { target: id, details: input, result: endpoint };
      });
    },

    remove: (organizationId, userId, id) =>
      change([organizationId, userId, 'removed'], async (client) =>
        (await deleteEndpoint(client, organizationId, id)) ? { target: id, result: undefined } : null,
      ),

    rotateSecret: (organizationId, userId, id) =>
      change([organizationId, userId, 'secret_rotated'], async (client) => {
        const secret = newWebhookSecret();
        const until = new Date(clock.now().getTime() + OVERLAP_MS);
        const endpoint = await replaceSecret(client, organizationId, id, secret, until);
        return endpoint && { target: id, result: { ...endpoint, secret } };
      }),

    deliveries: (organizationId, id) => listDeliveries(pool, organizationId, id, SHOWN_DELIVERIES),
  };
}
