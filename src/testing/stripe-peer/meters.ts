import type Stripe from 'stripe';
import { z } from 'zod';
import { endpoint } from './endpoint';
import { listPage } from './object-table';
import { int, paging, paramsOf, text } from './params';
import { type PeerWorld } from './peer-world';
import { StripePeerError, invalidRequest } from './stripe-error';

const DAY = 86_400;

const createParams = paramsOf<Stripe.Billing.MeterCreateParams>()({
  display_name: z.string().max(250),
  event_name: z.string().max(100),
  default_aggregation: z.strictObject({ formula: z.enum(['count', 'last', 'sum']) }),
  customer_mapping: z.strictObject({ event_payload_key: text, type: z.literal('by_id') }).optional(),
  value_settings: z.strictObject({ event_payload_key: text }).optional(),
});
const listParams = paramsOf<Stripe.Billing.MeterListParams>()({
  ...paging,
  status: z.enum(['active', 'inactive']).optional(),
});
const eventParams = paramsOf<Stripe.Billing.MeterEventCreateParams>()({
  event_name: z.string().max(100),
  payload: z.record(z.string().max(100), z.string().max(100)),
  identifier: z.string().max(100).optional(),
  timestamp: int.optional(),
});

function createMeter(world: PeerWorld, input: z.output<typeof createParams>): Stripe.Billing.Meter {
  const taken = world.meters.all().some((one) => one.event_name === input.event_name && one.status === 'active');
  if (taken) throw invalidRequest(`An active meter has the event name ${input.event_name}`, undefined, 'event_name');
  return world.meters.add({
    id: world.newId('mtr_test'),
    object: 'billing.meter',
    created: world.seconds(),
    customer_mapping: input.customer_mapping ?? { event_payload_key: 'stripe_customer_id', type: 'by_id' },
    default_aggregation: input.default_aggregation,
    display_name: input.display_name,
    event_name: input.event_name,
    event_time_window: null,
    livemode: false,
    status: 'active',
    status_transitions: { deactivated_at: null },
    updated: world.seconds(),
    value_settings: input.value_settings ?? { event_payload_key: 'value' },
  });
}

const summaryParams = paramsOf<Stripe.Billing.MeterListEventSummariesParams>()({
  ...paging,
  customer: text,
  start_time: int,
  end_time: int,
});

/** One summary over the whole range, of events with the meter's name; here it does not lag. */
function summarize(
  world: PeerWorld,
  input: z.output<typeof summaryParams>,
  id: string,
): Stripe.Billing.MeterEventSummary[] {
  const meter = world.meters.get(id);
  if (input.start_time % 60 !== 0 || input.end_time % 60 !== 0) {
    throw invalidRequest('Times must be aligned with minute boundaries', undefined, 'start_time');
  }
  const found = world.meterEvents.filter(
    ({ event_name: name, payload, timestamp }) =>
      name === meter.event_name &&
      payload[meter.customer_mapping.event_payload_key] === input.customer &&
      timestamp >= input.start_time &&
      timestamp < input.end_time,
  );
  if (found.length === 0) return [];
  const values = found.map(({ payload }) => Number(payload[meter.value_settings.event_payload_key]));
  return [
    {
      id: world.newId('mtrusg'),
      object: 'billing.meter_event_summary',
      aggregated_value: values.reduce((sum, value) => sum + value, 0),
      end_time: input.end_time,
      livemode: false,
      meter: id,
      start_time: input.start_time,
    },
  ];
}

/** Accepted is not billed: whether there is such a meter or customer is not asked here, as it is not at Stripe. */
function createMeterEvent(world: PeerWorld, input: z.output<typeof eventParams>): Stripe.Billing.MeterEvent {
  const now = world.seconds();
  const timestamp = input.timestamp ?? now;
  if (timestamp < now - 35 * DAY) {
    throw invalidRequest('The timestamp must be within the past 35 days', 'timestamp_too_far_in_past', 'timestamp');
  }
  if (timestamp > now + 300) {
    throw invalidRequest('The timestamp must be at most 5 minutes ahead', 'timestamp_in_future', 'timestamp');
  }
  const known = world.meterEvents.some((one) => one.identifier === input.identifier && one.created > now - DAY);
  if (known) {
    const message = `An event already exists with identifier ${input.identifier}.`;
    const error = { type: 'invalid_request_error', code: 'duplicate_meter_event', message } as const;
    throw new StripePeerError(400, error, { 'stripe-should-retry': 'false' });
  }
  const event: Stripe.Billing.MeterEvent = {
    object: 'billing.meter_event',
    created: now,
    event_name: input.event_name,
    identifier: input.identifier ?? world.newId('mev'),
    livemode: false,
    payload: input.payload,
    timestamp,
  };
  world.meterEvents.push(event);
  return event;
}

export const meterEndpoints = [
  endpoint('POST /v1/billing/meters', createParams, createMeter),
  endpoint('GET /v1/billing/meters', listParams, (world, input): Stripe.ApiList<Stripe.Billing.Meter> => {
    const found = world.meters.newestFirst().filter((one) => input.status === undefined || one.status === input.status);
    return listPage(found, '/v1/billing/meters', input);
  }),
  endpoint('GET /v1/billing/meters/:id', paramsOf<object>()({}), (world, _, id): Stripe.Billing.Meter =>
    world.meters.get(id),
  ),
  endpoint(
    'GET /v1/billing/meters/:id/event_summaries',
    summaryParams,
    (world, input, id): Stripe.ApiList<Stripe.Billing.MeterEventSummary> =>
      listPage(summarize(world, input, id), `/v1/billing/meters/${id}/event_summaries`, input),
  ),
  endpoint('POST /v1/billing/meter_events', eventParams, createMeterEvent),
];
