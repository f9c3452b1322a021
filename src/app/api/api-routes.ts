/**
 * Every route that declares itself, by the path under which Next serves its file: the OpenAPI document is made from them. A
 * test compares this list with the files. Its order is that of the documentation. Sign-in is not here: its routes belong to the pages.
 */
import { type RouteModules } from '@/http';
import * as usageAlerts from './v1/usage/alerts/route';
import * as usageAlertsIdAcknowledge from './v1/usage/alerts/[id]/acknowledge/route';
import * as usageAlertsIdResolve from './v1/usage/alerts/[id]/resolve/route';
import * as usageAlertsRules from './v1/usage/alerts/rules/route';
import * as usageAlertsRulesId from './v1/usage/alerts/rules/[id]/route';
import * as adminAlerts from './v1/admin/alerts/route';
import * as adminAlertsIdAcknowledge from './v1/admin/alerts/[id]/acknowledge/route';
import * as adminAlertsIdResolve from './v1/admin/alerts/[id]/resolve/route';
import * as adminAlertsRules from './v1/admin/alerts/rules/route';
import * as adminAlertsRulesId from './v1/admin/alerts/rules/[id]/route';
import * as usageAnomaliesDetect from './v1/usage/anomalies/detect/route';
import * as usageCheckQuotaMetric from './v1/usage/check-quota/[metric]/route';
import * as usageCurrent from './v1/usage/current/route';
import * as usageEndpoints from './v1/usage/endpoints/route';
import * as usageEvents from './v1/usage/events/route';
import * as usageExport from './v1/usage/export/route';
import * as usageForecast from './v1/usage/forecast/route';
import * as usageForecastHistory from './v1/usage/forecast/history/route';
import * as usageHistory from './v1/usage/history/route';
import * as usageQuotas from './v1/usage/quotas/route';
import * as usageReports from './v1/usage/reports/route';
import * as usageReportsGenerate from './v1/usage/reports/generate/route';
import * as usageReportsId from './v1/usage/reports/[id]/route';
import * as usageReportsIdDownload from './v1/usage/reports/[id]/download/route';
import * as usageReportsSchedules from './v1/usage/reports/schedules/route';
import * as usageReportsSchedulesId from './v1/usage/reports/schedules/[id]/route';
import * as usageStats from './v1/usage/stats/route';
import * as usageSummary from './v1/usage/summary/route';
import * as usageTrack from './v1/usage/track/route';
import * as usageTrends from './v1/usage/trends/route';
import * as quotaCheck from './v1/quota/check/route';
import * as quotaReservations from './v1/quota/reservations/route';
import * as quotaReservationsIdCommit from './v1/quota/reservations/[id]/commit/route';
import * as quotaReservationsIdRelease from './v1/quota/reservations/[id]/release/route';
import * as plans from './v1/plans/route';
import * as subscription from './v1/subscription/route';
import * as subscriptionPreview from './v1/subscription/preview/route';
import * as usageOverage from './v1/usage/overage/route';
import * as invoicesUpcoming from './v1/invoices/upcoming/route';
import * as billingAccount from './v1/billing/account/route';
import * as billingPayment from './v1/billing/payment/route';
import * as billingCheckout from './v1/billing/checkout/route';
import * as billingPortal from './v1/billing/portal/route';
import * as invoices from './v1/invoices/route';
import * as invoicesId from './v1/invoices/[id]/route';
import * as invoicesIdCreditNotes from './v1/invoices/[id]/credit-notes/route';
import * as invoicesIdPdf from './v1/invoices/[id]/pdf/route';
import * as invoicesIdLinesLineIdEvents from './v1/invoices/[id]/lines/[lineId]/events/route';
import * as keys from './v1/keys/route';
import * as keysId from './v1/keys/[id]/route';
import * as keysIdRotate from './v1/keys/[id]/rotate/route';
import * as organizations from './v1/organizations/route';
import * as organizationsId from './v1/organizations/[id]/route';
import * as organizationsIdInvitations from './v1/organizations/[id]/invitations/route';
import * as organizationsIdInvitationsInvitationId from './v1/organizations/[id]/invitations/[invitationId]/route';
import * as organizationsIdMembers from './v1/organizations/[id]/members/route';
import * as organizationsIdMembersUserId from './v1/organizations/[id]/members/[userId]/route';
import * as invitationsAccept from './v1/invitations/accept/route';
import * as adminBillingRuns from './v1/admin/billing/runs/route';
import * as adminBillingRunsId from './v1/admin/billing/runs/[id]/route';
import * as adminInvoices from './v1/admin/invoices/route';
import * as adminInvoicesIdCreditNotes from './v1/admin/invoices/[id]/credit-notes/route';
import * as adminInvoicesIdMarkPaid from './v1/admin/invoices/[id]/mark-paid/route';
import * as adminInvoicesIdRetry from './v1/admin/invoices/[id]/retry/route';
import * as adminInvoicesIdVoid from './v1/admin/invoices/[id]/void/route';
import * as adminOrganizationsIdGrants from './v1/admin/organizations/[id]/grants/route';
import * as adminOrganizationsIdGrantsGrantId from './v1/admin/organizations/[id]/grants/[grantId]/route';
import * as adminOrganizationsIdOverridesMetric from './v1/admin/organizations/[id]/overrides/[metric]/route';
import * as adminOrganizationsIdPlan from './v1/admin/organizations/[id]/plan/route';
import * as adminOrganizationsIdQuotasMetricReset from './v1/admin/organizations/[id]/quotas/[metric]/reset/route';
import * as adminOrganizationsIdTrial from './v1/admin/organizations/[id]/trial/route';
import * as adminPricingSimulations from './v1/admin/pricing/simulations/route';
import * as adminTestClock from './v1/admin/test-clock/route';
import * as echo from './v1/echo/route';
import * as webhooksStripe from './webhooks/stripe/route';
import * as health from './health/route';
import * as ready from './ready/route';
import * as cronAggregateDaily from './cron/aggregate-daily/route';
import * as cronClosePeriods from './cron/close-periods/route';
import * as cronDeliverMail from './cron/deliver-mail/route';
import * as cronDeliverWebhooks from './cron/deliver-webhooks/route';
import * as webhooks from './v1/webhooks/route';
import * as webhooksId from './v1/webhooks/[id]/route';
import * as webhooksIdRotateSecret from './v1/webhooks/[id]/rotate-secret/route';
import * as webhooksIdDeliveries from './v1/webhooks/[id]/deliveries/route';
import * as cronEvaluateAlerts from './cron/evaluate-alerts/route';
import * as cronFoldUsage from './cron/fold-usage/route';
import * as cronMakeReports from './cron/make-reports/route';
import * as cronPreparePartitions from './cron/prepare-partitions/route';
import * as cronProcessOverage from './cron/process-overage/route';
import * as cronStoreForecasts from './cron/store-forecasts/route';
import * as cronProcessStripe from './cron/process-stripe/route';
import * as cronRemoveOld from './cron/remove-old/route';

export const API_ROUTES = {
  '/api/v1/usage/current': usageCurrent,
  '/api/v1/usage/history': usageHistory,
  '/api/v1/usage/forecast': usageForecast,
  '/api/v1/usage/forecast/history': usageForecastHistory,
  '/api/v1/usage/endpoints': usageEndpoints,
  '/api/v1/usage/stats': usageStats,
  '/api/v1/usage/trends': usageTrends,
  '/api/v1/usage/anomalies/detect': usageAnomaliesDetect,
  '/api/v1/usage/summary': usageSummary,
  '/api/v1/usage/export': usageExport,
  '/api/v1/usage/reports/generate': usageReportsGenerate,
  '/api/v1/usage/reports': usageReports,
  '/api/v1/usage/reports/schedules': usageReportsSchedules,
  '/api/v1/usage/reports/schedules/{id}': usageReportsSchedulesId,
  '/api/v1/usage/reports/{id}': usageReportsId,
  '/api/v1/usage/reports/{id}/download': usageReportsIdDownload,
  '/api/v1/usage/events': usageEvents,
  '/api/v1/usage/track': usageTrack,
  '/api/v1/usage/quotas': usageQuotas,
  '/api/v1/usage/check-quota/{metric}': usageCheckQuotaMetric,
  '/api/v1/quota/check': quotaCheck,
  '/api/v1/quota/reservations': quotaReservations,
  '/api/v1/quota/reservations/{id}/commit': quotaReservationsIdCommit,
  '/api/v1/quota/reservations/{id}/release': quotaReservationsIdRelease,
  '/api/v1/usage/alerts': usageAlerts,
  '/api/v1/usage/alerts/{id}/acknowledge': usageAlertsIdAcknowledge,
  '/api/v1/usage/alerts/{id}/resolve': usageAlertsIdResolve,
  '/api/v1/usage/alerts/rules': usageAlertsRules,
  '/api/v1/usage/alerts/rules/{id}': usageAlertsRulesId,
  '/api/v1/plans': plans,
  '/api/v1/subscription': subscription,
  '/api/v1/subscription/preview': subscriptionPreview,
  '/api/v1/usage/overage': usageOverage,
  '/api/v1/invoices/upcoming': invoicesUpcoming,
  '/api/v1/billing/account': billingAccount,
  '/api/v1/billing/payment': billingPayment,
  '/api/v1/billing/checkout': billingCheckout,
  '/api/v1/billing/portal': billingPortal,
  '/api/v1/invoices': invoices,
  '/api/v1/invoices/{id}': invoicesId,
  '/api/v1/invoices/{id}/credit-notes': invoicesIdCreditNotes,
  '/api/v1/invoices/{id}/pdf': invoicesIdPdf,
  '/api/v1/invoices/{id}/lines/{lineId}/events': invoicesIdLinesLineIdEvents,
  '/api/v1/webhooks': webhooks,
  '/api/v1/webhooks/{id}': webhooksId,
  '/api/v1/webhooks/{id}/rotate-secret': webhooksIdRotateSecret,
  '/api/v1/webhooks/{id}/deliveries': webhooksIdDeliveries,
  '/api/v1/keys': keys,
  '/api/v1/keys/{id}': keysId,
  '/api/v1/keys/{id}/rotate': keysIdRotate,
  '/api/v1/organizations': organizations,
  '/api/v1/organizations/{id}': organizationsId,
  '/api/v1/organizations/{id}/members': organizationsIdMembers,
  '/api/v1/organizations/{id}/members/{userId}': organizationsIdMembersUserId,
  '/api/v1/organizations/{id}/invitations': organizationsIdInvitations,
  '/api/v1/organizations/{id}/invitations/{invitationId}': organizationsIdInvitationsInvitationId,
  '/api/v1/invitations/accept': invitationsAccept,
  '/api/v1/admin/alerts': adminAlerts,
  '/api/v1/admin/alerts/{id}/acknowledge': adminAlertsIdAcknowledge,
  '/api/v1/admin/alerts/{id}/resolve': adminAlertsIdResolve,
  '/api/v1/admin/alerts/rules': adminAlertsRules,
  '/api/v1/admin/alerts/rules/{id}': adminAlertsRulesId,
  '/api/v1/admin/billing/runs': adminBillingRuns,
  '/api/v1/admin/billing/runs/{id}': adminBillingRunsId,
  '/api/v1/admin/invoices': adminInvoices,
  '/api/v1/admin/invoices/{id}/credit-notes': adminInvoicesIdCreditNotes,
  '/api/v1/admin/invoices/{id}/mark-paid': adminInvoicesIdMarkPaid,
  '/api/v1/admin/invoices/{id}/retry': adminInvoicesIdRetry,
  '/api/v1/admin/invoices/{id}/void': adminInvoicesIdVoid,
  '/api/v1/admin/organizations/{id}/grants': adminOrganizationsIdGrants,
  '/api/v1/admin/organizations/{id}/grants/{grantId}': adminOrganizationsIdGrantsGrantId,
  '/api/v1/admin/organizations/{id}/overrides/{metric}': adminOrganizationsIdOverridesMetric,
  '/api/v1/admin/organizations/{id}/plan': adminOrganizationsIdPlan,
  '/api/v1/admin/organizations/{id}/quotas/{metric}/reset': adminOrganizationsIdQuotasMetricReset,
  '/api/v1/admin/organizations/{id}/trial': adminOrganizationsIdTrial,
  '/api/v1/admin/pricing/simulations': adminPricingSimulations,
  '/api/v1/admin/test-clock': adminTestClock,
  '/api/v1/echo': echo,
  '/api/webhooks/stripe': webhooksStripe,
  '/api/health': health,
  '/api/ready': ready,
  '/api/cron/aggregate-daily': cronAggregateDaily,
  '/api/cron/close-periods': cronClosePeriods,
  '/api/cron/deliver-mail': cronDeliverMail,
  '/api/cron/deliver-webhooks': cronDeliverWebhooks,
  '/api/cron/evaluate-alerts': cronEvaluateAlerts,
  '/api/cron/fold-usage': cronFoldUsage,
  '/api/cron/make-reports': cronMakeReports,
  '/api/cron/prepare-partitions': cronPreparePartitions,
  '/api/cron/process-overage': cronProcessOverage,
  '/api/cron/process-stripe': cronProcessStripe,
  '/api/cron/store-forecasts': cronStoreForecasts,
  '/api/cron/remove-old': cronRemoveOld,
} satisfies RouteModules;
