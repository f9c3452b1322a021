import { encodeExport } from '@/analytics';
import { exportQuery } from '@/analytics/contracts';
import { withReader } from '@/container';
import { usageQueryOf } from '../read-usage';
import { streamText } from './stream-text';

const CONTENT_TYPES = { csv: 'text/csv; charset=utf-8; header=present', json: 'application/json' };

export const GET = withReader({ scope: 'usage:read' }, async (request, { principal, services }) => {
  const { format, ...query } = usageQueryOf(request, exportQuery, principal);
  const batches = services.usageQueries.exportEvents(principal.organizationId, query);
  const day = services.clock.now().toISOString().slice(0, 10);
  return new Response(await streamText(encodeExport(batches, format)), {
    headers: {
      'content-type': CONTENT_TYPES[format],
      'content-disposition': `attachment; filename="usage-${query.mode}-${day}.${format}"`,
      'cache-control': 'private, no-store',
    },
  });
});
