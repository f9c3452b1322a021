import { z } from 'zod';
import { route } from '@/container';
import { readJsonValue } from '@/http';
import { cloudEventInput, recordEventsResponse, usageEventInput } from '@/metering/contracts';
import { reporterOf } from '../reporter-of';

const LIMIT_BYTES = 5 * 1024 * 1024;
const events = z.array(usageEventInput).min(1).max(1_000);

export const POST = route(
  {
    id: 'recordUsageEvents',
    tag: 'Usage',
    summary: 'Report usage events',
    description:
      'One event, an array or { events }, of up to 1,000 and 5 MB; or CloudEvents 1.0 in structured, batch or binary (`ce-` headers) mode. Each event has its own outcome, in the order given, ' +
      'and a rejected one keeps no other from being recorded. An event sent again is a duplicate and counted once.',
    caller: 'key_or_person',
    scope: 'usage:write',
    limit: 'reporting',
    minimumRole: 'admin',
    body: {
      content: {
        'application/json': z.union([usageEventInput, events, z.strictObject({ events })]),
        'application/cloudevents+json': cloudEventInput,
        'application/cloudevents-batch+json': z.array(cloudEventInput).max(1_000),
      },
      example: {
        events: [
          { id: 'order-1042', route: '/v1/summaries', status: 200, quantities: { api_calls: 1, ai_tokens: 812 } },
        ],
      },
    },
    answer: { status: 200, says: 'What became of each event.', schema: recordEventsResponse },
  },
  async ({ request, principal, services }) => {
    const body = await readJsonValue(request, LIMIT_BYTES);
    const { headers } = request;
    const message = { body, headers, contentType: headers.get('content-type') ?? '' };
    return services.usageReports.record(reporterOf(principal), message);
  },
);
