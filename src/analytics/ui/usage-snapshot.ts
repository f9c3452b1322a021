import {
  currentUsage,
  type CurrentUsage,
  usageByEndpoint,
  type UsageByEndpoint,
  usageHistory,
  type UsageHistory,
  usageStats,
  type UsageStats,
  usageTrends,
  type UsageTrends,
} from '@/analytics/contracts';
import { callApi } from '@/ui/http/call-api';
import { apiQueryOf, type UsageSelection } from './usage-selection';

/** All that the usage page shows of one selection, read at about one instant. */
export interface UsageSnapshot {
  history: UsageHistory;
  stats: UsageStats;
  trends: UsageTrends;
  /** Null where the plan does not have it. */
  endpoints: UsageByEndpoint | null;
  current: CurrentUsage;
  /** When it was read, ISO. */
  readAt: string;
}

/** Reads the selection over HTTP. @throws Problem when any part is refused. */
export async function fetchUsage(
  selection: UsageSelection,
  withEndpoints: boolean,
  signal: AbortSignal,
): Promise<UsageSnapshot> {
  const query = apiQueryOf(selection);
  const [history, stats, trends, endpoints, current] = await Promise.all([
    callApi(`/api/v1/usage/history?${query}`, { answer: usageHistory, signal }),
    callApi(`/api/v1/usage/stats?${query}`, { answer: usageStats, signal }),
    callApi(`/api/v1/usage/trends?${query}`, { answer: usageTrends, signal }),
    withEndpoints ? callApi(`/api/v1/usage/endpoints?${query}`, { answer: usageByEndpoint, signal }) : null,
    callApi(`/api/v1/usage/current?mode=${selection.mode}`, { answer: currentUsage, signal }),
  ]);
  return { history, stats, trends, endpoints, current, readAt: new Date().toISOString() };
}
