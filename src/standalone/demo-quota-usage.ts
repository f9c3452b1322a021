import { API_CALLS, type UsageEvent } from '@/metering/contracts';
import { createDraws, createRandom, type Draws } from './demo-draws';
import { demoEvent } from './demo-event';
import { demoGauges } from './demo-gauges';

/** More calls than this come in batches, several to a request: a start with demo data must stay short. */
const MOST_EVENTS = 2_000;
const ERROR_RATE = 0.015;

export interface DemoQuotaUsage {
  organizationId: string;
  /** Metric to what the period has used of it in the end, to the unit; whole numbers. */
  sums: Readonly<Record<string, number>> & { readonly api_calls: number };
  /** Metric to its value in the end. */
  gauges: Readonly<Record<string, number>>;
  /** Start of the period. */
  from: Date;
  /** Present, exclusive. */
  to: Date;
  seed: number;
}

/** `total` in whole parts of about the same size, at random; they add up to it exactly. */
function split(draws: Draws, total: number, parts: number): number[] {
  const weights = Array.from({ length: parts }, () => 0.4 + 1.2 * draws.random());
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  let weight = 0;
  let given = 0;
  return weights.map((own) => {
    weight += own;
    const upTo = Math.round((total * weight) / whole);
    const part = upTo - given;
    given = upTo;
    return part;
  });
}

/** Calls of one billing period that come to exactly the quantities asked for. The same seed and instants give the same events. */
export function* demoQuotaUsage(options: DemoQuotaUsage): Generator<UsageEvent> {
  const { organizationId, sums, gauges, from, to, seed } = options;
  const draws = createDraws(createRandom(seed));
  const caller = { organizationId, liveKeyId: null, testKeyId: null };
  const calls = sums[API_CALLS];
  const events = Math.min(calls, MOST_EVENTS);
  const spanMs = to.getTime() - from.getTime();
  const times = Array.from({ length: events }, () => from.getTime() + Math.floor(draws.random() * spanMs)).sort(
    (a, b) => a - b,
  );
  // A request is at least one call.
  const quantities = new Map([[API_CALLS, split(draws, calls - events, events).map((more) => more + 1)]]);
  for (const [metric, total] of Object.entries(sums)) {
    if (metric !== API_CALLS) quantities.set(metric, split(draws, total, events));
  }
  for (const [index, occurredAtMs] of times.entries()) {
    const used = [...quantities].map(([metric, parts]) => [metric, parts[index] ?? 0] as const);
    yield {
      ...demoEvent(draws, occurredAtMs, ERROR_RATE, caller),
      livemode: true,
      quantities: Object.fromEntries(used.filter(([, quantity]) => quantity > 0)),
    };
  }
  yield* demoGauges({ organizationId, gauges, from, to, seed: seed + 1 });
}
