import { type UsageEvent } from '@/metering/contracts';
import { createDraws, createRandom } from './demo-draws';
import { demoEvent } from './demo-event';
import { demoGauges } from './demo-gauges';

const HOUR_MS = 3_600_000;
/** Days that the history covers. */
export const HISTORY_DAYS = 90;
/** Calls in an hour of middling traffic; the whole history comes to about 50,000. */
const CALLS_PER_HOUR = 26;
/** Share of an hour's traffic by hour of the day (UTC): a long working day between two continents. */
const HOUR_SHAPE = [4, 3, 3, 3, 4, 6, 9, 13, 17, 19, 20, 20, 19, 20, 21, 21, 19, 17, 15, 12, 10, 8, 6, 5];
const WEEKDAY_SHAPE = [0.42, 1.0, 1.08, 1.1, 1.06, 0.96, 0.48];
/** A bad afternoon five weeks ago, so that there is something to find. */
const INCIDENT = { daysAgo: 36, hours: [13, 14], errorRate: 0.22 };

/** What the organization keeps at the end of the history. */
const GAUGES = { storage_gb: 61.4, members: 11 };

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
  return CALLS_PER_HOUR * shape * (1.3 - (0.65 * daysAgo) / HISTORY_DAYS);
}

const isIncident = (hour: Date, daysAgo: number) =>
  Math.floor(daysAgo) === INCIDENT.daysAgo && INCIDENT.hours.includes(hour.getUTCHours());

/** Ninety days of an invented customer's calls, hour by hour: what a first look at the dashboard shows. */
export function* demoHistory(options: DemoHistoryOptions): Generator<UsageEvent> {
  const draws = createDraws(createRandom(0x7011_6a7e));
  const endsAtMs = options.endsAt.getTime();
  const firstHourMs = Math.floor((endsAtMs - HISTORY_DAYS * 24 * HOUR_MS) / HOUR_MS) * HOUR_MS;
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
  const { organizationId, endsAt } = options;
  yield* demoGauges({ organizationId, gauges: GAUGES, from: new Date(firstHourMs), to: endsAt, seed: 0x6a09_e667 });
}
