import { API_CALLS, type UsageEvent } from '@/metering/contracts';

const HOUR_MS = 3_600_000;
const DAYS = 90;
/** Calls in an hour of middling traffic; the whole history comes to about 50,000. */
const CALLS_PER_HOUR = 26;

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
/** Share of an hour's traffic by hour of the day (UTC): a long working day between two continents. */
const HOUR_SHAPE = [4, 3, 3, 3, 4, 6, 9, 13, 17, 19, 20, 20, 19, 20, 21, 21, 19, 17, 15, 12, 10, 8, 6, 5];
const WEEKDAY_SHAPE = [0.42, 1.0, 1.08, 1.1, 1.06, 0.96, 0.48];
/** A bad afternoon five weeks ago, so that there is something to find. */
const INCIDENT = { daysAgo: 36, hours: [13, 14], errorRate: 0.22 };

/**
 * mulberry32: a small generator of numbers in [0, 1) with a period of 2^32, by T. Ettinger (public domain). The same seed
 * gives the same history, so that making it again after an interruption adds nothing.
 */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function createDraws(random: () => number) {
  /** Standard normal, by Box and Muller (1958). */
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return {
    random,
    logNormal: (median: number, spread: number) => median * Math.exp(spread * normal()),
    /** A count with this mean; the normal approximation of Poisson's is close enough for a picture. */
    count: (mean: number) => Math.max(0, Math.round(mean + Math.sqrt(mean) * normal())),
    pick: <T>(choices: readonly (readonly [T, number])[]): T => {
      let rest = random() * choices.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [choice, weight] of choices) if ((rest -= weight) < 0) return choice;
      return choices[0]![0];
    },
    uuid: () => {
      const word = () =>
        Math.floor(random() * 4_294_967_296)
          .toString(16)
          .padStart(8, '0');
      const hex = word() + word() + word() + word();
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
    },
  };
}
type Draws = ReturnType<typeof createDraws>;

export interface DemoHistoryOptions {
  organizationId: string;
  liveKeyId: string;
  testKeyId: string;
  /** The end of the history, exclusive. The same instant gives the same events with the same ids. */
  endsAt: Date;
}

/** Calls per hour that are to be expected: by hour, by weekday, growing over the weeks. */
function expectedCalls(hour: Date, daysAgo: number): number {
  const shape = (HOUR_SHAPE[hour.getUTCHours()]! / 12.25) * WEEKDAY_SHAPE[hour.getUTCDay()]!;
  return CALLS_PER_HOUR * shape * (1.3 - (0.65 * daysAgo) / DAYS);
}

const isIncident = (hour: Date, daysAgo: number) =>
  Math.floor(daysAgo) === INCIDENT.daysAgo && INCIDENT.hours.includes(hour.getUTCHours());

function demoEvent(draws: Draws, occurredAtMs: number, errorRate: number, options: DemoHistoryOptions): UsageEvent {
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
    organizationId: options.organizationId,
    source: 'api',
    occurredAtMs,
    livemode,
    apiKeyId: livemode ? options.liveKeyId : options.testKeyId,
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

/** Ninety days of an invented customer's calls, hour by hour: what a first look at the dashboard shows. */
export function* demoHistory(options: DemoHistoryOptions): Generator<UsageEvent> {
  const draws = createDraws(createRandom(0x7011_6a7e));
  const endsAtMs = options.endsAt.getTime();
  const firstHourMs = Math.floor((endsAtMs - DAYS * 24 * HOUR_MS) / HOUR_MS) * HOUR_MS;
  for (let hourMs = firstHourMs; hourMs < endsAtMs; hourMs += HOUR_MS) {
    const hour = new Date(hourMs);
    const daysAgo = (endsAtMs - hourMs) / (24 * HOUR_MS);
    const errorRate = isIncident(hour, daysAgo) ? INCIDENT.errorRate : 0.012 + 0.02 * draws.random();
    for (let left = draws.count(expectedCalls(hour, daysAgo)); left > 0; left--) {
      const occurredAtMs = hourMs + Math.floor(draws.random() * HOUR_MS);
      const event = demoEvent(draws, occurredAtMs, errorRate, options);
      if (occurredAtMs < endsAtMs) yield event;
    }
  }
}
