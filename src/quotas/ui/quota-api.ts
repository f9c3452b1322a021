import { type z } from 'zod';
import { alertList, type AlertView, quotaList, type QuotaList } from '@/quotas/contracts';
import { callApi } from '@/ui/http/call-api';

export type QuotaMode = 'live' | 'test';

/** What the usage page knows about quotas, read at about one instant. */
export interface QuotaSnapshot {
  quotas: QuotaList;
  /** Of live usage; the newest first. */
  alerts: readonly AlertView[];
  /** When it was read, ISO. */
  readAt: string;
}

/** Reads quotas and alerts over HTTP. @throws Problem when one is refused. */
export async function fetchQuotas(mode: QuotaMode, signal: AbortSignal): Promise<QuotaSnapshot> {
  const [quotas, alerts] = await Promise.all([
    callApi(`/api/v1/usage/quotas?mode=${mode}`, { answer: quotaList, signal }),
    callApi('/api/v1/usage/alerts?limit=100', { answer: alertList, signal }),
  ]);
  return { quotas, alerts: alerts.data, readAt: new Date().toISOString() };
}

export const acknowledgeAlert = (id: string): Promise<void> =>
  callApi<z.ZodVoid>(`/api/v1/usage/alerts/${id}/acknowledge`, { method: 'PATCH' });
