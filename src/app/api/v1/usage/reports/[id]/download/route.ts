import { z } from 'zod';
import { route } from '@/container';
import { idPath, seesLiveUsage } from '@/http';

export const GET = route(
  {
    id: 'downloadReport',
    tag: 'Reports',
    summary: 'Download a report',
    description: 'Streamed. Each download is counted.',
    caller: 'key_or_person',
    scope: 'usage:read',
    limit: 'exporting',
    params: idPath,
    answer: {
      status: 200,
      says: 'The file. In CSV, cells that a spreadsheet would execute begin with an apostrophe.',
      content: {
        'application/pdf': z.string(),
        'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': z.string(),
        'text/csv': z.string(),
        'application/json': z.looseObject({}),
      },
    },
    errors: ['conflict'],
  },
  async ({ principal, params, services }) => {
    const sight = { testOnly: !seesLiveUsage(principal) };
    const { name, contentType, bytes, stream } = await services.reports.download(
      principal.organizationId,
      params.id,
      sight,
    );
    return new Response(stream, {
      headers: {
        'content-type': contentType,
        'content-length': String(bytes),
        'content-disposition': `attachment; filename="${name}"`,
      },
    });
  },
);
