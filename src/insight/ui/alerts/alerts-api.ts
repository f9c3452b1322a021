import { type z } from 'zod';
import { alertRule, type AlertRule, type CreateAlertRuleInput, type UpdateAlertRuleInput } from '@/insight/contracts';
import { alertList, alertView, type AlertView } from '@/quotas/contracts';
import { callApi } from '@/ui/http/call-api';

export type AlertPage = z.output<typeof alertList>;

/** Which alerts are listed. */
export type AlertFilter = 'open' | 'acknowledged' | 'resolved' | 'all';

/** Alerts and rules of the organization, or of the installation, by where their routes are. */
export const ALERT_ROUTES = { organization: '/api/v1/usage/alerts', installation: '/api/v1/admin/alerts' } as const;
export type AlertRoutes = (typeof ALERT_ROUTES)[keyof typeof ALERT_ROUTES];

export function fetchAlerts(routes: AlertRoutes, filter: AlertFilter, cursor: string | null): Promise<AlertPage> {
  const query = new URLSearchParams({ limit: '25' });
  if (filter !== 'all') query.set('status', filter);
  if (cursor !== null) query.set('cursor', cursor);
  return callApi(`${routes}?${query}`, { answer: alertList });
}

export const stepAlert = (routes: AlertRoutes, id: string, step: 'acknowledge' | 'resolve'): Promise<AlertView> =>
  callApi(`${routes}/${id}/${step}`, { method: 'PATCH', answer: alertView });

export const createRule = (routes: AlertRoutes, input: CreateAlertRuleInput): Promise<AlertRule> =>
  callApi(`${routes}/rules`, { method: 'POST', body: input, answer: alertRule });

export const updateRule = (routes: AlertRoutes, id: string, input: UpdateAlertRuleInput): Promise<AlertRule> =>
  callApi(`${routes}/rules/${id}`, { method: 'PATCH', body: input, answer: alertRule });

export const removeRule = (routes: AlertRoutes, id: string): Promise<void> =>
  callApi<z.ZodVoid>(`${routes}/rules/${id}`, { method: 'DELETE' });
