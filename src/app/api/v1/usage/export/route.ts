import { z } from 'zod';
import { encodeExport } from '@/analytics';
import { exportedEvent, exportQuery } from '@/analytics/contracts';
import { route } from '@/container';
import { usageSeenBy } from '@/http';
import { streamText } from './stream-text';

const CONTENT_TYPES = { csv: 'text/csv; charset=utf-8; header=present', json: 'application/json' };

export const GET = route(
  {
    id: 'usageExport',
    tag: 'Usage',
    summary: 'Raw events as a file',
    description: 'Streamed, each event once; the order is not promised.',
    caller: 'key_or_person',
    scope: 'usage:read',
    limit: 'exporting',
    feature: 'export',
    query: exportQuery,
    answer: {
      status: 200,
      says: 'The events. In CSV, cells that a spreadsheet would execute begin with an apostrophe.',
      content: { 'text/csv': z.string(), 'application/json': z.array(exportedEvent) },
    },
    errors: ['too_many_requests'],
  },
  async ({ principal, query, services }) => {
    const { format, ...range } = usageSeenBy(principal, query);
    const batches = services.usageQueries.exportEvents(principal.organizationId, range);
    const day = services.clock.now().toISOString().slice(0, 10);
    return new Response(await streamText(encodeExport(batches, format)), {
      headers: {
        'content-type': CONTENT_TYPES[format],
        'content-disposition': `attachment; filename="usage-${range.mode}-${day}.${format}"`,
      },
    });
  },
);
