import { withReader } from '@/container';
import { readJson } from '@/http';
import { trackInput } from '@/metering/contracts';
import { reporterOf } from '../reporter-of';

export const POST = withReader(
  { scope: 'usage:write', minimumRole: 'admin' },
  async (request, { principal, services }) => {
    const { id = request.headers.get('idempotency-key') ?? undefined, ...input } = await readJson(request, trackInput);
    return Response.json(await services.usageReports.track(reporterOf(principal), { ...input, id }));
  },
);
