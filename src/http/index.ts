export { type Services } from './services';
export { type RouteHandler, type RouteParams } from './handler';
export { checkReadiness } from './check-readiness';
export { readJsonValue } from './read-json';
export { type ApiKeyPrincipal, type Principal } from './principal';
export { NONCE_HEADER } from './origin/content-security-policy';
export { createClientReader } from './origin/client-reader';
export { retainedIp } from './origin/client-ip';
export { createCountryDatabase } from './origin/country-database';
export { createIdempotencyStore } from './idempotency-store';
export { meterNodeHandler } from './call/meter-node-handler';
export { createWithApiKey } from './call/with-api-key';
export { limitCalls, limitInvitations, limitKeyCreation } from './limit-calls';
export { upgradeUrl } from './call/limit-refusal';
export { withUsageTracking, type MeteredHandler } from './call/with-usage-tracking';
export { payerOf } from './call/admit-call';
export { checkQuota } from './call/check-quota';
export { checkedPrincipal } from './call/checked-principal';
export { committedAnswer, releasedAnswer, reservedAnswer } from './call/reservation-answer';
export { resetQuota } from './reset-quota';
export { testClockOf, testClockState } from './test-clock-of';
export {
  adminOverrideInput,
  adminPlanInput,
  adminTrialInput,
  quotaCheckHeaders,
  quotaCheckQuery,
  quotasQuery,
  requiredQuery,
  resetQuotaInput,
  testClockInput,
  testClockView,
} from './limit-inputs';
export { createRoute, type RouteCall } from './route/create-route';
export { type RouteModules } from './route/declared-operations';
export {
  grantPath,
  idPath,
  invitationPath,
  invoiceLinePath,
  memberPath,
  metricPath,
  organizationMetricPath,
} from './route/path-params';
export { checkFileUploadSize } from './call/guards/check-file-upload-size';
export { checkPlanRateLimit } from './call/guards/check-plan-rate-limit';
export { checkUsageLimit } from './call/guards/check-usage-limit';
export { requireFeature } from './call/guards/require-feature';
export { requireMinimumPlan } from './call/guards/require-minimum-plan';
export { createWithSession } from './session/with-session';
export { callerName, keyActorOf } from './key-actor';
export { createPageSession } from './session/page-session';
export { createSupabaseServer } from './session/supabase-server';
export { actingOn } from './acting-on';
export { assertSeesLiveUsage, seesLiveUsage, usageSeenBy } from './usage-seen-by';
export { createAuthRoutes } from './session/auth-routes';
export { createPreparePage } from './session/prepare-page';
export { problemDocument, type ProblemDocument } from './problem';
export { createOpenApiDocument, type OpenApiDocument } from './openapi/openapi-document';
export { ERROR_GUIDE, type ErrorGuideEntry } from './openapi/error-guide';
