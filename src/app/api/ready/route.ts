import { services } from '@/container';
import { checkReadiness, handle } from '@/http';

export const dynamic = 'force-dynamic';

/** Whether requests can be served: database, journal and the usage that waits to be written. */
export const GET = handle(services, async (_request, context) => {
  const { ready, ...report } = await checkReadiness(context.services);
  const headers = { 'cache-control': 'no-store' };
  return Response.json({ status: ready ? 'ready' : 'not_ready', ...report }, { status: ready ? 200 : 503, headers });
});
