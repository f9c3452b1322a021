export { type Services } from './services';
export { type RouteHandler, type RouteParams } from './handler';
export { handle } from './handle';
export { checkReadiness } from './check-readiness';
export { checkInput, readJson, readJsonValue, readQuery } from './read-json';
export { type ApiKeyPrincipal, type Principal } from './principal';
export { createClientReader } from './client-reader';
export { retainedIp } from './client-ip';
export { createCountryDatabase } from './country-database';
export { createIdempotencyStore } from './idempotency-store';
export { meterNodeHandler } from './meter-node-handler';
export { createWithApiKey } from './with-api-key';
export { createWithCron } from './with-cron';
export { withAttemptLimit } from './limit-attempts';
export { withIdempotency } from './with-idempotency';
export { withUsageTracking, type MeteredHandler } from './with-usage-tracking';
export { createWithAdmin } from './with-admin';
export { payerOf } from './admit-call';
export { checkQuota } from './check-quota';
export { checkedPrincipal } from './checked-principal';
export { committedAnswer, releasedAnswer, reservedAnswer } from './reservation-answer';
export { resetQuota } from './reset-quota';
export { testClockOf, testClockState } from './test-clock-of';
export {
  adminOverrideInput,
  adminPlanInput,
  metricPath,
  organizationMetricPath,
  quotaCheckQuery,
  quotasQuery,
  requiredQuery,
  resetQuotaInput,
  testClockInput,
} from './limit-inputs';
export { checkFileUploadSize } from './guards/check-file-upload-size';
export { checkPlanRateLimit } from './guards/check-plan-rate-limit';
export { checkUsageLimit } from './guards/check-usage-limit';
export { requireFeature } from './guards/require-feature';
export { requireMinimumPlan } from './guards/require-minimum-plan';
export { createWithReader } from './with-reader';
export { createWithSession } from './with-session';
export { keyActorOf } from './key-actor';
export { createPageSession } from './page-session';
export { createSupabaseServer } from './supabase-server';
export { actingOn, uuidOf } from './acting-on';
export { createAuthRoutes } from './auth-routes';
export { createRefreshPageSession } from './refresh-page-session';
export { createOpenApiDocument, type OpenApiDocument } from './openapi/openapi-document';
export { ERROR_GUIDE, type ErrorGuideEntry } from './openapi/error-guide';
