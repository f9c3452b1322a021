import { z } from 'zod';
import { AppError } from '@/kernel/errors';
import { type StripeEvent } from './stripe-event-store';

const eventId = z.string().regex(/^evt_[A-Za-z0-9_]{1,250}$/);
const objectId = z.string().min(1).max(255);
/** An id, or the object itself. */
const reference = z.union([objectId, z.looseObject({ id: objectId }).transform(({ id }) => id)]);

const snapshotEvent = z.looseObject({
  id: eventId,
  object: z.literal('event'),
  type: z.string().min(1).max(200),
  created: z.int().min(0).max(253_402_300_799),
  data: z.looseObject({
    object: z.looseObject({ id: objectId.optional(), object: z.string().optional(), customer: reference.nullish() }),
    previous_attributes: z.looseObject({ customer: reference.nullish() }).nullish(),
  }),
});
/** Events of the second API carry no object, only where it is. */
const thinEvent = z.looseObject({
  id: eventId,
  object: z.literal('v2.core.event'),
  type: z.string().min(1).max(200),
  created: z.iso.datetime({ offset: true }),
  related_object: z.looseObject({ id: objectId }).nullish(),
});
const anyEvent = z.discriminatedUnion('object', [snapshotEvent, thinEvent]);

/** What of a delivered event is kept: what it is about, and nothing that it says of it. @throws AppError invalid_json, invalid_request */
export function readEvent(body: string): StripeEvent & { createdAt: Date } {
  const event = anyEvent.safeParse(parseBody(body));
  if (!event.success) {
    const issues = event.error.issues.map(({ path, message }) => ({
      field: path.map(String).join('.') || 'body',
      message,
    }));
    throw new AppError('invalid_request', issues.map(({ field, message }) => `${field}: ${message}`).join('; '), {
      issues,
    });
  }
  const { id, type, created } = event.data;
  if (event.data.object === 'v2.core.event') {
    const about = event.data.related_object?.id ?? null;
    return { id, type, objectId: about, customerId: null, createdAt: new Date(created) };
  }
  const { object, previous_attributes: before } = event.data.data;
  const customerId = object.object === 'customer' ? object.id : (object.customer ?? before?.customer);
  const createdAt = new Date(event.data.created * 1000);
  return { id, type, objectId: object.id ?? null, customerId: customerId ?? null, createdAt };
}

function parseBody(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new AppError('invalid_json', 'The body is not valid JSON.', { cause });
  }
}
