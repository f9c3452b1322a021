import { z } from 'zod';
import { route } from '@/container';
import { type RouteCall } from '@/http';

export const dynamic = 'force-dynamic';

/** Headers worth seeing; credentials are not among them. */
const SHOWN_HEADERS = ['accept', 'content-type', 'content-length', 'user-agent'];

const declaration = {
  tag: 'Service',
  description: 'Answers with what it was asked, and counts as one API call.',
  caller: 'key',
  answer: {
    status: 200,
    says: 'What was received.',
    schema: z.looseObject({ method: z.string(), path: z.string(), request_id: z.string(), livemode: z.boolean() }),
  },
} as const;

/** The sample of a metered route: answers with what it was asked. */
function echo({ request, principal, requestId }: RouteCall<typeof declaration & { id: string; summary: string }>) {
  const { pathname, searchParams } = new URL(request.url);
  return {
    method: request.method,
    path: pathname,
    query: Object.fromEntries(searchParams),
    headers: Object.fromEntries<string | null>(
      SHOWN_HEADERS.map((name) => [name, request.headers.get(name)] as const).filter(([, value]) => value !== null),
    ),
    api_key_id: principal.apiKeyId,
    livemode: principal.livemode,
    request_id: requestId,
  };
}

export const GET = route({ ...declaration, id: 'echo', summary: 'A metered sample' }, echo);
export const POST = route({ ...declaration, id: 'echoPost', summary: 'A metered sample, as POST' }, echo);
