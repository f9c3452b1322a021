import { API_CALLS, CALLS, type UsageEvent } from '@/metering/contracts';
import { type Draws } from './demo-draws';

interface DemoRoute {
  method: string;
  route: string;
  weight: number;
  medianMs: number;
  /** Standard deviation of the logarithm of the duration. */
  spread: number;
  responseBytes: number;
  metric?: { key: string; median: number; spread: number };
}

const ROUTES: DemoRoute[] = [
  { method: 'GET', route: '/v1/documents', weight: 26, medianMs: 46, spread: 0.5, responseBytes: 9_200 },
  { method: 'GET', route: '/v1/documents/{id}', weight: 31, medianMs: 21, spread: 0.45, responseBytes: 3_100 },
  {
    method: 'POST',
    route: '/v1/documents',
    weight: 11,
    medianMs: 118,
    spread: 0.55,
    responseBytes: 640,
    metric: { key: 'documents', median: 1, spread: 0 },
  },
  {
    method: 'POST',
    route: '/v1/summaries',
    weight: 13,
    medianMs: 940,
    spread: 0.6,
    responseBytes: 2_300,
    metric: { key: 'ai_tokens', median: 820, spread: 0.7 },
  },
  { method: 'GET', route: '/v1/search', weight: 16, medianMs: 135, spread: 0.65, responseBytes: 6_400 },
  { method: 'DELETE', route: '/v1/documents/{id}', weight: 3, medianMs: 34, spread: 0.4, responseBytes: 0 },
];
const COUNTRIES: [string, number][] = [
  ['US', 34],
  ['DE', 19],
  ['GB', 12],
  ['FR', 9],
  ['IN', 8],
  ['BR', 6],
  ['JP', 5],
  ['NL', 4],
  ['CA', 3],
];
const AGENTS: [string, number][] = [
  ['northwind-sync/2.4.1', 58],
  ['python-httpx/0.28.1', 24],
  ['northwind-mobile/5.0', 14],
  ['curl/8.9.1', 4],
];
const ERRORS: [{ status: number; code: string }, number][] = [
  [{ status: 404, code: 'not_found' }, 42],
  [{ status: 422, code: 'invalid_request' }, 26],
  [{ status: 409, code: 'conflict' }, 8],
  [{ status: 500, code: 'internal' }, 14],
  [{ status: 503, code: 'unavailable' }, 10],
];
/** Whose calls they are; without keys the calls are of no key. */
export interface DemoCaller {
  organizationId: string;
  liveKeyId: string | null;
  testKeyId: string | null;
}

/** One call of an invented customer, drawn at random. @param errorRate share of calls that fail, 0 to 1 */
export function demoEvent(draws: Draws, occurredAtMs: number, errorRate: number, caller: DemoCaller): UsageEvent {
  const route = draws.pick(ROUTES.map((candidate) => [candidate, candidate.weight] as const));
  const error = draws.random() < errorRate ? draws.pick(ERRORS) : null;
  const livemode = draws.random() > 0.04;
  const quantities: Record<string, number> = { [API_CALLS]: 1 };
  if (route.metric && !error) {
    quantities[route.metric.key] = Math.max(1, Math.round(draws.logNormal(route.metric.median, route.metric.spread)));
  }
  const ok = route.method === 'POST' ? 201 : route.method === 'DELETE' ? 204 : 200;
  return {
    id: draws.uuid(),
    organizationId: caller.organizationId,
    source: CALLS,
    occurredAtMs,
    livemode,
    apiKeyId: livemode ? caller.liveKeyId : caller.testKeyId,
    route: route.route,
    method: route.method,
    status: error?.status ?? ok,
    durationUs: Math.round(draws.logNormal(route.medianMs * (error ? 0.6 : 1), route.spread) * 1_000),
    requestBytes: route.method === 'POST' ? Math.round(draws.logNormal(2_400, 0.8)) : 0,
    responseBytes: error ? 310 : Math.round(route.responseBytes * (0.5 + draws.random())),
    userAgent: draws.pick(AGENTS),
    // 198.51.100.0/24 is set aside for documentation (RFC 5737).
    ip: `198.51.100.${1 + Math.floor(draws.random() * 254)}`,
    country: draws.pick(COUNTRIES),
    errorCode: error?.code ?? null,
    quantities,
  };
}
