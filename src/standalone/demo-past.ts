import { API_CALLS, type UsageEvent } from '@/metering/contracts';
import { createDraws, createRandom } from './demo-draws';
import { demoEvent } from './demo-event';
import { demoPeriodStart } from './demo-showcase';

/** Periods of the demo's past that are billed. */
const PERIODS = 12;
const EVENTS_PER_PERIOD = 12;

/** The day from which the periods of the demo organizations are counted: a year before the present one began. */
export function demoAnchor(endsAt: Date): Date {
  const start = demoPeriodStart(endsAt);
  const lastDay = new Date(Date.UTC(start.getUTCFullYear() - 1, start.getUTCMonth() + 1, 0)).getUTCDate();
  return new Date(Date.UTC(start.getUTCFullYear() - 1, start.getUTCMonth(), Math.min(start.getUTCDate(), lastDay)));
}

interface DemoPast {
  organizationId: string;
  /** What the latest of the periods used of each metric; earlier ones used less. */
  sums: Readonly<Record<string, number>>;
  endsAt: Date;
  /** Until when; the present period's beginning if absent. */
  until?: Date;
  seed: number;
}

/** A year of an organization's usage before the present period, in a few large calls. The same seed gives the same events. */
export function* demoPast({
  organizationId,
  sums,
  endsAt,
  until = demoPeriodStart(endsAt),
  seed,
}: DemoPast): Generator<UsageEvent> {
  const draws = createDraws(createRandom(seed));
  const fromMs = demoAnchor(endsAt).getTime();
  const stepMs = (demoPeriodStart(endsAt).getTime() - fromMs) / (PERIODS * EVENTS_PER_PERIOD);
  for (let event = 0; event < PERIODS * EVENTS_PER_PERIOD; event++) {
    const occurredAtMs = Math.floor(fromMs + (event + 0.9 * draws.random()) * stepMs);
    const share =
      (0.55 + (0.45 * event) / (PERIODS * EVENTS_PER_PERIOD) + 0.1 * (draws.random() - 0.5)) / EVENTS_PER_PERIOD;
    const made = demoEvent(draws, occurredAtMs, 0, { organizationId, liveKeyId: null, testKeyId: null });
    if (occurredAtMs >= until.getTime()) return;
    const quantities = Object.entries(sums).map(
      ([metric, sum]) => [metric, Math.max(1, Math.round(sum * share))] as const,
    );
    yield { ...made, livemode: true, quantities: { [API_CALLS]: 1, ...Object.fromEntries(quantities) } };
  }
}
