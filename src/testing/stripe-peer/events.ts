import type Stripe from 'stripe';
import { z } from 'zod';
import { endpoint } from './endpoint';
import { isWithin, listPage } from './object-table';
import { paging, paramsOf, range, text } from './params';

const listParams = paramsOf<Stripe.EventListParams>()({
  ...paging,
  type: text.optional(),
  types: z.array(text).max(20).optional(),
  created: range.optional(),
});

export const eventEndpoints = [
  endpoint('GET /v1/events', listParams, (world, input): Stripe.ApiList<Stripe.Event> => {
    const found = world.events
      .newestFirst()
      .filter((one) => input.type === undefined || one.type === input.type)
      .filter((one) => input.types === undefined || input.types.includes(one.type))
      .filter((one) => isWithin(one.created, input.created));
    return listPage(found, '/v1/events', input);
  }),
  endpoint('GET /v1/events/:id', paramsOf<object>()({}), (world, _, id): Stripe.Event => world.events.get(id)),
];
