import { type EventOutcome, type UsageEvent } from '@/metering/contracts';
import { type UsageStore } from '@/metering/usage-store-contract';

export interface InMemoryUsageStore extends UsageStore {
  /** Every event accepted, under organization, mode, source and id, in the order of acceptance. */
  readonly accepted: Map<string, UsageEvent>;
  /** Sizes of the batches that were committed. */
  readonly batches: number[];
  /**
   * Called at the start of each record() and again after its commit; what it throws is what the caller sees. A throw
   * after the commit is a database whose answer was lost.
   */
  fault: ((moment: 'before' | 'after', events: readonly UsageEvent[]) => Promise<void> | void) | null;
  /** Rejects single events. */
  reject: ((event: UsageEvent) => boolean) | null;
}

const identityOf = ({ organizationId, livemode, source, id }: UsageEvent): string =>
  `${organizationId}/${livemode}/${source.kind}/${source.name}/${id}`;

/** A usage store that keeps its events in memory and knows each by its identity, for ever. */
export function createInMemoryUsageStore(): InMemoryUsageStore {
  const store: InMemoryUsageStore = {
    accepted: new Map(),
    batches: [],
    fault: null,
    reject: null,
    async record(events) {
      await Promise.resolve();
      await store.fault?.('before', events);
      const outcomes = events.map((event): EventOutcome => {
        const key = identityOf(event);
        if (store.reject?.(event)) return { outcome: 'rejected', reason: 'invalid_event', message: 'not wanted' };
        if (store.accepted.has(key)) return { outcome: 'duplicate' };
        store.accepted.set(key, event);
        return { outcome: 'accepted' };
      });
      store.batches.push(events.length);
      await store.fault?.('after', events);
      return outcomes;
    },
  };
  return store;
}
