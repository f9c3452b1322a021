import { z } from 'zod';
import { type Operation } from './operation';

const json = (schema: z.ZodType) => ({ 'application/json': schema });
const tag = 'Service';

const echo = (method: 'get' | 'post', id: string): Operation => ({
  path: '/api/v1/echo',
  method,
  id,
  tag,
  summary: method === 'get' ? 'A metered sample' : 'A metered sample, as POST',
  description: 'Answers with what it was asked, and counts as one API call.',
  access: 'key',
  answer: {
    status: 200,
    says: 'What was received.',
    content: json(z.object({ method: z.string(), path: z.string(), request_id: z.string(), livemode: z.boolean() })),
  },
  errors: [
    'usage_not_recorded',
    'rate_limited',
    'quota_exceeded',
    'spend_cap_reached',
    'payment_required',
    'quota_unavailable',
  ],
});

export const serviceOperations: Operation[] = [
  echo('get', 'echo'),
  echo('post', 'echoPost'),
  {
    path: '/api/health',
    method: 'get',
    id: 'health',
    tag,
    summary: 'Is it alive?',
    access: 'public',
    answer: {
      status: 200,
      says: 'The process answers.',
      content: json(z.object({ status: z.literal('alive'), version: z.string() })),
    },
  },
  {
    path: '/api/ready',
    method: 'get',
    id: 'ready',
    tag,
    summary: 'Is it ready?',
    description:
      'Checks the database, the journal, the backlog of usage events, and whether rate limits and quotas can be asked for.',
    access: 'public',
    answer: {
      status: 200,
      says: 'It can serve. With status 503 the same report says what is amiss.',
      content: json(z.looseObject({ status: z.enum(['ready', 'not_ready']) })),
    },
  },
];
