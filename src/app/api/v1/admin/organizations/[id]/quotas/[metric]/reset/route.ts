import { withAdmin } from '@/container';
import { checkInput, organizationMetricPath, readJson, resetQuota, resetQuotaInput, withIdempotency } from '@/http';

export const POST = withAdmin(
  withIdempotency(async (request, { principal, params, services }) => {
    const { id: organizationId, metric } = checkInput(organizationMetricPath, params, 'path');
    const { reason } = await readJson(request, resetQuotaInput);
    const grant = await resetQuota(services, { organizationId, userId: principal.userId, metric, reason });
    return Response.json({ metric, grant }, { status: grant ? 201 : 200 });
  }),
);
