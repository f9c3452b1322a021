import { z } from 'zod';
import { route } from '@/container';
import { recordEventsResponse, trackInput } from '@/metering/contracts';
import { reporterOf } from '../reporter-of';

export const POST = route(
  {
    id: 'trackUsage',
    tag: 'Usage',
    summary: 'Report one metric',
    description: 'Without an id, Idempotency-Key is the id; without either, every request is counted.',
    caller: 'key_or_person',
    scope: 'usage:write',
    limit: 'reporting',
    minimumRole: 'admin',
    headers: z.object({ 'Idempotency-Key': z.string().min(1).max(255).optional() }),
    body: { schema: trackInput, example: { metric: 'ai_tokens', quantity: 812, id: 'order-1042' } },
    answer: { status: 200, says: 'What became of the event.', schema: recordEventsResponse },
  },
  ({ principal, headers, body, services }) =>
    services.usageReports.track(reporterOf(principal), { ...body, id: body.id ?? headers['Idempotency-Key'] }),
);
