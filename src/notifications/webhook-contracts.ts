import { z } from 'zod';
import { isOneLine } from '@/kernel/one-line';

/** What endpoints can subscribe to. */
export const WEBHOOK_EVENT_TYPES = ['alert.raised', 'alert.resolved', 'report.ready'] as const;

/** Endpoints that an organization may have. */
export const MOST_ENDPOINTS = 10;

const url = z
  .string()
  .min(1)
  .max(2_000)
  .refine(isOneLine, 'expected one line')
  .describe('https, and on the public internet.');
const description = z.string().trim().max(200).refine(isOneLine, 'expected one line, without control characters');
const eventTypes = z
  .array(z.enum(WEBHOOK_EVENT_TYPES))
  .min(1)
  .max(WEBHOOK_EVENT_TYPES.length)
  .describe('What is sent there.');

export const webhookEndpoint = z
  .object({
    id: z.uuid(),
    url: z.string(),
    description: z.string(),
    event_types: z.array(z.enum(WEBHOOK_EVENT_TYPES)),
    enabled: z.boolean(),
    disabled_reason: z.string().nullable().describe('Why it was switched off, if its receiver asked for it (410).'),
    created_at: z.string(),
  })
  .meta({ id: 'WebhookEndpoint' });
export type WebhookEndpointView = z.output<typeof webhookEndpoint>;

export const webhookEndpointList = z.object({ data: z.array(webhookEndpoint) }).meta({ id: 'WebhookEndpointList' });

export const webhookEndpointWithSecret = webhookEndpoint
  .extend({ secret: z.string().describe('whsec_…: what deliveries are signed with. It is shown this once.') })
  .meta({ id: 'WebhookEndpointWithSecret' });

export const createWebhookInput = z
  .strictObject({ url, description: description.default(''), event_types: eventTypes })
  .meta({ id: 'CreateWebhookInput' });
export type CreateWebhookInput = z.output<typeof createWebhookInput>;

export const updateWebhookInput = z
  .strictObject({
    url: url.optional(),
    description: description.optional(),
    event_types: eventTypes.optional(),
    enabled: z.boolean().optional(),
  })
  .meta({ id: 'UpdateWebhookInput' });
export type UpdateWebhookInput = z.output<typeof updateWebhookInput>;

const webhookDelivery = z
  .object({
    id: z.string().describe('The webhook-id, the same whenever it is sent.'),
    type: z.string(),
    state: z.enum(['waiting', 'delivered', 'given_up']),
    created_at: z.string(),
    delivered_at: z.string().nullable(),
    next_attempt_at: z.string().nullable(),
    attempts: z.int(),
    request: z.string().describe('The body that is sent.'),
    answer: z.string().nullable().describe('The beginning of the last answer.'),
    last_error: z.string().nullable(),
  })
  .meta({ id: 'WebhookDelivery' });
export type WebhookDeliveryView = z.output<typeof webhookDelivery>;

export const webhookDeliveryList = z.object({ data: z.array(webhookDelivery) }).meta({ id: 'WebhookDeliveryList' });
