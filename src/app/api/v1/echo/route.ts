import { withApiKey } from '@/container';

export const dynamic = 'force-dynamic';

/** Headers worth seeing; credentials are not among them. */
const SHOWN_HEADERS = ['accept', 'content-type', 'content-length', 'user-agent'];

/** The sample of a metered route: answers with what it was asked. */
const echo = withApiKey(async (request, { principal, requestId }) => {
  const { pathname, searchParams } = new URL(request.url);
  return Response.json({
    method: request.method,
    path: pathname,
    query: Object.fromEntries(searchParams),
    headers: Object.fromEntries<string | null>(
      SHOWN_HEADERS.map((name) => [name, request.headers.get(name)] as const).filter(([, value]) => value !== null),
    ),
    api_key_id: principal.apiKeyId,
    livemode: principal.livemode,
    request_id: requestId,
  });
});

export { echo as GET, echo as POST };
