import { withReader } from '@/container';
import { readJsonValue } from '@/http';
import { reporterOf } from '../reporter-of';

const LIMIT_BYTES = 5 * 1024 * 1024;

export const POST = withReader(
  { scope: 'usage:write', minimumRole: 'admin' },
  async (request, { principal, services }) => {
    const body = await readJsonValue(request, LIMIT_BYTES);
    const { headers } = request;
    const message = { body, headers, contentType: headers.get('content-type') ?? '' };
    return Response.json(await services.usageReports.record(reporterOf(principal), message));
  },
);
