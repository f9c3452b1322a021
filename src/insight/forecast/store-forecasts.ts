import { type Clock } from '@/kernel/clock';
import { type EntitlementReader } from '@/plans';
import { type ForecastStore } from './forecast-store';
import { forecastToStore } from './stored-forecast';
import { type ReadUsageDays } from './usage-days';

export interface StoreReport {
  /** Organizations whose forecasts of today were made, and such of which one failed; these are tried again by the next run. */
  done: number;
  failed: number;
  /** False where time was up before all were done. */
  complete: boolean;
}

interface Options {
  store: ForecastStore;
  readUsageDays: ReadUsageDays;
  entitlements: EntitlementReader;
  clock: Clock;
  /** Told of what failed in an organization. */
  warn: (error: unknown, organizationId: string) => void;
}

/** Organizations that are looked up at once. */
const PAGE = 100;
/** So many that fail are no matter of single organizations any more: the next run may find all well again. */
const MOST_FAILED = 100;

/**
 * Makes today's forecasts of every organization's limited metrics. What is there already stays, so that it can be killed, repeated and
 * run twice at once; what fails in one organization stops no other. Where nothing was ever used of a metric, or for too few days,
 * nothing is stored.
 * @param proceed says whether there is still time, and is asked before every organization; the next call goes on.
 */
export function createStoreForecasts({ store, readUsageDays, entitlements, clock, warn }: Options) {
  async function storeOf(organizationId: string, today: Date): Promise<void> {
    const { limits } = await entitlements.read(organizationId, clock.now());
    for (const { metric, included } of limits.values()) {
      if (included === null) continue;
      const days = await readUsageDays(organizationId, metric, 'live');
      const made = forecastToStore(days);
      if (made.mean.length > 0 && days.days.some(({ quantity }) => quantity > 0)) {
        await store.save(organizationId, metric, made);
      }
    }
    await store.settle(organizationId, today);
  }

  return async (proceed: () => boolean): Promise<StoreReport> => {
    const today = clock.now();
    const failed: string[] = [];
    let done = 0;
    for (;;) {
      const page = await store.due(today, failed, PAGE);
      if (page.length === 0) return { done, failed: failed.length, complete: true };
      for (const id of page) {
        if (!proceed() || failed.length >= MOST_FAILED) return { done, failed: failed.length, complete: false };
        try {
          await storeOf(id, today);
          done += 1;
        } catch (error) {
          failed.push(id);
          warn(error, id);
        }
      }
    }
  };
}
