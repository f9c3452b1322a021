import { type z } from 'zod';
import { type UsageQueries } from '@/analytics';
import { withReader } from '@/container';
import { type Principal, readQuery } from '@/http';

interface WithMode {
  mode: 'live' | 'test';
}

/** The query of a reading. A test key sees test usage only: it is handed out more freely than a live one. */
export function usageQueryOf<Q extends WithMode>(request: Request, schema: z.ZodType<Q>, principal: Principal): Q {
  const query = readQuery(request.url, schema);
  return principal.kind === 'api_key' && !principal.livemode ? { ...query, mode: 'test' } : query;
}

/** A route that answers with one of the usage queries, for the organization of the caller. */
export const readUsage = <Q extends WithMode>(
  schema: z.ZodType<Q>,
  answer: (queries: UsageQueries, organizationId: string, query: Q) => Promise<object>,
) =>
  withReader({ scope: 'usage:read' }, async (request, { principal, services }) => {
    const query = usageQueryOf(request, schema, principal);
    const figures = await answer(services.usageQueries, principal.organizationId, query);
    return Response.json(figures, { headers: { 'cache-control': 'private, no-store' } });
  });
