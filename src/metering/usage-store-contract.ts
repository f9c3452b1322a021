import { type EventOutcome, type UsageEvent } from './contracts';

/** Where usage events are kept for good. */
export interface UsageStore {
  /**
   * Records a batch in one transaction; outcomes stand in the order given.
   * `knownForever` makes an event a duplicate of any copy ever stored, not only of a recent one: journal replays need
   * it, since nobody knows how long their files lay on the disk.
   * `fenced` rejects events whose lease is not open any more as `lease_expired`: for events whose callers were not
   * answered yet. Otherwise they are counted, beyond the limit if need be.
   * @throws AppError `retryable` when the same batch may succeed later (database unreachable, serialization, disk);
   * not `retryable` when the batch itself is refused and would be again.
   */
  record(
    events: readonly UsageEvent[],
    options?: { knownForever?: boolean; fenced?: boolean },
  ): Promise<EventOutcome[]>;
}
