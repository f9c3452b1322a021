/**
 * Who may call which route, written down once more beside what the routes declare of themselves: the matrix of routes and callers
 * is held against this table, and a route that is missing here fails it.
 */
export type Access =
  | 'anyone'
  /** Forms of the pages: not from the pages of others. */
  | 'own pages'
  /** The same, for who is signed in there: by cookies, never by what a program sends. */
  | 'session of a page'
  | 'any key'
  | 'any key or member'
  | `${'usage' | 'keys'}:${'read' | 'write'} or ${'member' | 'admin'}`
  /** Of the chosen organization, whichever that is. */
  | 'member'
  | 'admin'
  /** Of the organization that the path names. */
  | 'member of it'
  | 'admin of it'
  | 'platform admin'
  /** By its signature, which none of our callers has. */
  | 'Stripe'
  | 'scheduler';

export const ROUTE_MATRIX: Record<string, Access> = {
  'GET /api/health': 'anyone',
  'GET /api/ready': 'anyone',
  'GET /api/openapi.json': 'anyone',
  'GET /api/v1/plans': 'anyone',

  'POST /api/auth/change-password': 'session of a page',
  'POST /api/auth/follow-link': 'own pages',
  'POST /api/auth/request-reset': 'own pages',
  'POST /api/auth/sign-in': 'own pages',
  'POST /api/auth/sign-out': 'own pages',
  'POST /api/auth/sign-up': 'own pages',
  'POST /api/auth/switch-organization': 'session of a page',

  'GET /api/v1/echo': 'any key',
  'POST /api/v1/echo': 'any key',
  'GET /api/v1/quota/check': 'any key or member',

  'GET /api/v1/usage/current': 'usage:read or member',
  'GET /api/v1/usage/history': 'usage:read or member',
  'GET /api/v1/usage/endpoints': 'usage:read or member',
  'GET /api/v1/usage/stats': 'usage:read or member',
  'GET /api/v1/usage/trends': 'usage:read or member',
  'POST /api/v1/usage/anomalies/detect': 'usage:read or member',
  'GET /api/v1/usage/summary': 'usage:read or member',
  'GET /api/v1/usage/forecast': 'usage:read or member',
  'POST /api/v1/usage/forecast': 'usage:read or member',
  'GET /api/v1/usage/forecast/history': 'usage:read or member',
  'GET /api/v1/usage/export': 'usage:read or member',
  'POST /api/v1/usage/reports/generate': 'usage:read or member',
  'GET /api/v1/usage/reports': 'usage:read or member',
  'GET /api/v1/usage/reports/{id}': 'usage:read or member',
  'GET /api/v1/usage/reports/{id}/download': 'usage:read or member',
  'DELETE /api/v1/usage/reports/{id}': 'usage:write or admin',
  'GET /api/v1/usage/reports/schedules': 'member',
  'POST /api/v1/usage/reports/schedules': 'admin',
  'DELETE /api/v1/usage/reports/schedules/{id}': 'admin',
  'GET /api/v1/usage/quotas': 'usage:read or member',
  'GET /api/v1/usage/check-quota/{metric}': 'usage:read or member',
  'GET /api/v1/usage/alerts': 'usage:read or member',
  'PATCH /api/v1/usage/alerts/{id}/acknowledge': 'member',
  'PATCH /api/v1/usage/alerts/{id}/resolve': 'member',
  'GET /api/v1/usage/alerts/rules': 'member',
  'POST /api/v1/usage/alerts/rules': 'admin',
  'PATCH /api/v1/usage/alerts/rules/{id}': 'admin',
  'DELETE /api/v1/usage/alerts/rules/{id}': 'admin',
  'POST /api/v1/usage/events': 'usage:write or admin',
  'POST /api/v1/usage/track': 'usage:write or admin',
  'POST /api/v1/quota/reservations': 'usage:write or admin',
  'POST /api/v1/quota/reservations/{id}/commit': 'usage:write or admin',
  'POST /api/v1/quota/reservations/{id}/release': 'usage:write or admin',

  'GET /api/v1/usage/overage': 'usage:read or member',
  'GET /api/v1/invoices/upcoming': 'usage:read or member',
  'GET /api/v1/billing/account': 'admin',
  'PATCH /api/v1/billing/account': 'admin',
  'GET /api/v1/billing/payment': 'admin',
  'POST /api/v1/billing/checkout': 'admin',
  'POST /api/v1/billing/portal': 'admin',

  'GET /api/v1/subscription': 'usage:read or member',
  'PATCH /api/v1/subscription': 'admin',
  'GET /api/v1/subscription/preview': 'admin',

  'GET /api/v1/invoices': 'usage:read or member',
  'GET /api/v1/invoices/{id}': 'usage:read or member',
  'GET /api/v1/invoices/{id}/credit-notes': 'usage:read or member',
  'GET /api/v1/invoices/{id}/pdf': 'usage:read or member',
  'GET /api/v1/invoices/{id}/lines/{lineId}/events': 'usage:read or member',

  'GET /api/v1/webhooks': 'admin',
  'POST /api/v1/webhooks': 'admin',
  'PATCH /api/v1/webhooks/{id}': 'admin',
  'DELETE /api/v1/webhooks/{id}': 'admin',
  'POST /api/v1/webhooks/{id}/rotate-secret': 'admin',
  'GET /api/v1/webhooks/{id}/deliveries': 'admin',

  'GET /api/v1/keys': 'keys:read or member',
  'GET /api/v1/keys/{id}': 'keys:read or member',
  'POST /api/v1/keys': 'keys:write or admin',
  'POST /api/v1/keys/{id}/rotate': 'keys:write or admin',
  'DELETE /api/v1/keys/{id}': 'keys:write or admin',

  'GET /api/v1/organizations': 'member',
  'POST /api/v1/organizations': 'member',
  'POST /api/v1/invitations/accept': 'member',
  'GET /api/v1/organizations/{id}': 'member of it',
  'PATCH /api/v1/organizations/{id}': 'admin of it',
  'GET /api/v1/organizations/{id}/members': 'member of it',
  'PATCH /api/v1/organizations/{id}/members/{userId}': 'admin of it',
  'DELETE /api/v1/organizations/{id}/members/{userId}': 'admin of it',
  'GET /api/v1/organizations/{id}/invitations': 'admin of it',
  'POST /api/v1/organizations/{id}/invitations': 'admin of it',
  'DELETE /api/v1/organizations/{id}/invitations/{invitationId}': 'admin of it',

  'GET /api/v1/admin/alerts': 'platform admin',
  'PATCH /api/v1/admin/alerts/{id}/acknowledge': 'platform admin',
  'PATCH /api/v1/admin/alerts/{id}/resolve': 'platform admin',
  'GET /api/v1/admin/alerts/rules': 'platform admin',
  'POST /api/v1/admin/alerts/rules': 'platform admin',
  'PATCH /api/v1/admin/alerts/rules/{id}': 'platform admin',
  'DELETE /api/v1/admin/alerts/rules/{id}': 'platform admin',
  'GET /api/v1/admin/billing/runs': 'platform admin',
  'POST /api/v1/admin/billing/runs': 'platform admin',
  'GET /api/v1/admin/billing/runs/{id}': 'platform admin',
  'GET /api/v1/admin/invoices': 'platform admin',
  'POST /api/v1/admin/invoices/{id}/credit-notes': 'platform admin',
  'POST /api/v1/admin/invoices/{id}/mark-paid': 'platform admin',
  'POST /api/v1/admin/invoices/{id}/retry': 'platform admin',
  'POST /api/v1/admin/invoices/{id}/void': 'platform admin',
  'GET /api/v1/admin/organizations/{id}/grants': 'platform admin',
  'POST /api/v1/admin/organizations/{id}/grants': 'platform admin',
  'DELETE /api/v1/admin/organizations/{id}/grants/{grantId}': 'platform admin',
  'PUT /api/v1/admin/organizations/{id}/overrides/{metric}': 'platform admin',
  'DELETE /api/v1/admin/organizations/{id}/overrides/{metric}': 'platform admin',
  'PUT /api/v1/admin/organizations/{id}/plan': 'platform admin',
  'POST /api/v1/admin/organizations/{id}/quotas/{metric}/reset': 'platform admin',
  'PUT /api/v1/admin/organizations/{id}/trial': 'platform admin',
  'POST /api/v1/admin/pricing/simulations': 'platform admin',
  'GET /api/v1/admin/test-clock': 'platform admin',
  'PUT /api/v1/admin/test-clock': 'platform admin',

  'POST /api/webhooks/stripe': 'Stripe',

  'GET /api/cron/aggregate-daily': 'scheduler',
  'GET /api/cron/close-periods': 'scheduler',
  'GET /api/cron/deliver-mail': 'scheduler',
  'GET /api/cron/deliver-webhooks': 'scheduler',
  'GET /api/cron/evaluate-alerts': 'scheduler',
  'GET /api/cron/fold-usage': 'scheduler',
  'GET /api/cron/make-reports': 'scheduler',
  'GET /api/cron/prepare-partitions': 'scheduler',
  'GET /api/cron/process-overage': 'scheduler',
  'POST /api/cron/process-overage': 'scheduler',
  'GET /api/cron/process-stripe': 'scheduler',
  'GET /api/cron/store-forecasts': 'scheduler',
  'GET /api/cron/remove-old': 'scheduler',
};
