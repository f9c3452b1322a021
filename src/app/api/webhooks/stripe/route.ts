import { z } from 'zod';
import { route } from '@/container';

export const POST = route(
  {
    id: 'receiveStripeEvent',
    tag: 'Webhooks',
    summary: 'An event from Stripe',
    description:
      'Stripe calls this, with an event of 512 KB at most and a signature that is at most 300 s old. It is recorded, its object is asked ' +
      'for again, and the state of that decides what happens; so events may come twice and in any order. Any answer but 200 ' +
      'makes Stripe send it again.',
    caller: 'stripe',
    body: {
      content: { 'application/json': z.looseObject({ id: z.string(), object: z.string(), type: z.string() }) },
      example: {
        id: 'evt_1',
        object: 'event',
        type: 'invoice.paid',
        created: 1767225600,
        data: { object: { id: 'in_1' } },
      },
    },
    answer: {
      status: 200,
      says: 'It is recorded, and done, now or before (`duplicate`), or another delivery of it is being processed.',
      schema: z.object({ status: z.enum(['done', 'duplicate', 'processing']) }).meta({ id: 'StripeEventReceipt' }),
    },
    errors: ['not_found', 'invalid_request', 'invalid_json', 'invalid_encoding', 'payload_too_large'],
  },
  ({ principal, services }) => services.stripeEvents.receive(principal.body),
);
