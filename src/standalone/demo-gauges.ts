import { NO_REQUEST } from '@/metering';
import { type UsageEvent } from '@/metering/contracts';
import { createDraws, createRandom } from './demo-draws';

const DAY_MS = 86_400_000;
/** What was there at the beginning, as a share of what is there at the end. */
const GROWTH_FROM = 0.7;

interface DemoGauges {
  organizationId: string;
  /** Metric to its value at the end. */
  gauges: Readonly<Record<string, number>>;
  from: Date;
  /** Exclusive; the last report stands one second before it. */
  to: Date;
  seed: number;
}

/** Values that grow from day to day and end exactly where they should: storage, members. One report a day. */
export function* demoGauges({ organizationId, gauges, from, to, seed }: DemoGauges): Generator<UsageEvent> {
  const draws = createDraws(createRandom(seed));
  const lastMs = to.getTime() - 1_000;
  const spanMs = Math.max(1, lastMs - from.getTime());
  const report = (occurredAtMs: number): UsageEvent => {
    const share = GROWTH_FROM + ((1 - GROWTH_FROM) * (occurredAtMs - from.getTime())) / spanMs;
    const valueOf = (end: number) =>
      Number.isInteger(end) ? Math.round(end * share) : Math.round(end * share * 10) / 10;
    return {
      id: draws.uuid(),
      organizationId,
      source: { kind: 'reported', name: 'inventory' },
      occurredAtMs,
      livemode: true,
      ...NO_REQUEST,
      quantities: Object.fromEntries(Object.entries(gauges).map(([metric, end]) => [metric, valueOf(end)])),
    };
  };
  for (let atMs = from.getTime(); atMs < lastMs; atMs += DAY_MS) yield report(atMs);
  yield report(lastMs);
}
