import { z } from 'zod';
import {
  currentQuery,
  currentUsage,
  exportedEvent,
  exportQuery,
  historyQuery,
  rangeQuery,
  usageByEndpoint,
  usageHistory,
  usageStats,
  usageSummary,
  usageTrends,
} from '@/analytics/contracts';
import { cloudEventInput, recordEventsResponse, trackInput, usageEventInput } from '@/metering/contracts';
import { type Operation } from './operation';

const tag = 'Usage';

function reading(name: string, summary: string, description: string, query: z.ZodObject, answer: z.ZodType): Operation {
  return {
    path: `/api/v1/usage/${name}`,
    method: 'get',
    id: `usage${name[0]!.toUpperCase()}${name.slice(1)}`,
    tag,
    summary,
    description,
    access: 'key_or_person',
    scope: 'usage:read',
    query,
    answer: { status: 200, says: 'The figures, in UTC.', content: { 'application/json': answer } },
  };
}

const events = z.array(usageEventInput).min(1).max(1_000);
const example = {
  events: [{ id: 'order-1042', route: '/v1/summaries', status: 200, quantities: { api_calls: 1, ai_tokens: 812 } }],
};

export const usageOperations: Operation[] = [
  reading(
    'current',
    'Usage of the current period',
    'Quantities of every metric in the billing period of the subscription.',
    currentQuery,
    currentUsage,
  ),
  reading('history', 'Usage over time', 'One point per UTC hour or day, zeros included.', historyQuery, usageHistory),
  reading('endpoints', 'Usage by endpoint', 'Requests, error rate and latency per route.', rangeQuery, usageByEndpoint),
  reading(
    'stats',
    'Usage statistics',
    'Totals, latency percentiles (within 1 %), and counts by status, method, country and endpoint.',
    rangeQuery,
    usageStats,
  ),
  reading(
    'trends',
    'Change against the range before',
    'The range beside the one of equal length before it.',
    rangeQuery,
    usageTrends,
  ),
  reading(
    'summary',
    'What a dashboard opens with',
    'Current period, today, trend and top endpoints.',
    rangeQuery,
    usageSummary,
  ),
  {
    ...reading(
      'export',
      'Raw events as a file',
      'Streamed, each event once; the order is not promised.',
      exportQuery,
      z.array(exportedEvent),
    ),
    answer: {
      status: 200,
      says: 'The events. In CSV, cells that a spreadsheet would execute begin with an apostrophe.',
      content: { 'text/csv': z.string(), 'application/json': z.array(exportedEvent) },
    },
    errors: ['too_many_requests'],
  },
  {
    path: '/api/v1/usage/events',
    method: 'post',
    id: 'recordUsageEvents',
    tag,
    summary: 'Report usage events',
    description:
      'One event, an array or { events }, of up to 1,000 and 5 MB; or CloudEvents 1.0 in structured, batch or binary (`ce-` headers) mode. Each event has its own outcome, in the order given, ' +
      'and a rejected one keeps no other from being recorded. An event sent again is a duplicate and counted once.',
    access: 'key_or_person',
    scope: 'usage:write',
    body: {
      content: {
        'application/json': z.union([usageEventInput, events, z.strictObject({ events })]),
        'application/cloudevents+json': cloudEventInput,
        'application/cloudevents-batch+json': z.array(cloudEventInput).max(1_000),
      },
      example,
    },
    answer: { status: 200, says: 'What became of each event.', content: { 'application/json': recordEventsResponse } },
    errors: ['forbidden'],
  },
  {
    path: '/api/v1/usage/track',
    method: 'post',
    id: 'trackUsage',
    tag,
    summary: 'Report one metric',
    description: 'Without an id, Idempotency-Key is the id; without either, every request is counted.',
    access: 'key_or_person',
    scope: 'usage:write',
    headers: z.object({ 'Idempotency-Key': z.string().min(1).max(255).optional() }),
    body: {
      content: { 'application/json': trackInput },
      example: { metric: 'ai_tokens', quantity: 812, id: 'order-1042' },
    },
    answer: { status: 200, says: 'What became of the event.', content: { 'application/json': recordEventsResponse } },
    errors: ['forbidden'],
  },
];
