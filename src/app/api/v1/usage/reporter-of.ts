import { type Principal } from '@/http';
import { type UsageReports } from '@/metering';

type Reporter = Parameters<UsageReports['record']>[0];

/** In whose name a caller reports: a key's usage is the key's, a person's is live usage without a key. */
export const reporterOf = (principal: Principal): Reporter => ({
  organizationId: principal.organizationId,
  livemode: principal.kind === 'user' || principal.livemode,
  apiKeyId: principal.kind === 'user' ? null : principal.apiKeyId,
});
