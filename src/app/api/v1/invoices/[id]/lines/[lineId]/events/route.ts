import { z } from 'zod';
import { lineEventsQuery } from '@/billing/contracts';
import { route } from '@/container';
import { assertSeesLiveUsage, invoiceLinePath } from '@/http';
import { streamText } from '../../../../../usage/export/stream-text';

const CONTENT_TYPES = { csv: 'text/csv; charset=utf-8; header=present', ndjson: 'application/x-ndjson' };

export const GET = route(
  {
    id: 'invoiceLineEvents',
    tag: 'Billing',
    summary: 'The events that a line rests on',
    description:
      'Streamed, in the order in which they are digested: by when they happened, when they were stored, source and id. Each row names the line. ' +
      '`npm run verify-invoice` holds such files against the invoice.',
    caller: 'key_or_person',
    scope: 'usage:read',
    limit: 'exporting',
    params: invoiceLinePath,
    query: lineEventsQuery,
    answer: {
      status: 200,
      says:
        'The events. In CSV, a cell that a spreadsheet would execute, that has control characters or begins with an apostrophe is an ' +
        'apostrophe and the text percent-encoded.',
      content: { 'text/csv': z.string(), 'application/x-ndjson': z.string() },
    },
    errors: ['too_many_requests'],
  },
  async ({ principal, params, query, services }) => {
    assertSeesLiveUsage(principal);
    const { name, text } = await services.lineEventFiles.open(
      principal.organizationId,
      params.id,
      params.lineId,
      query.format,
    );
    return new Response(await streamText(text), {
      headers: {
        'content-type': CONTENT_TYPES[query.format],
        'content-disposition': `attachment; filename="${name}"`,
      },
    });
  },
);
