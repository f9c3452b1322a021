import { type EventOutcome, type UsageEvent } from './contracts';

export interface RecordOptions {
  /**
   * Makes an event a duplicate of any copy ever stored, not only of a recent one: journal replays need it, since nobody
   * knows how long their files lay on the disk.
   */
  knownForever?: boolean;
  /**
   * Rejects events whose lease is not open any more as `lease_expired`: for events whose callers were not answered yet.
   * Otherwise they are counted, beyond the limit if need be.
   */
  fenced?: boolean;
}

/** Where usage events are kept for good. */
export interface UsageStore {
  /**
   * Records a batch; outcomes stand in the order given. Events of one organization are recorded all or none. A large batch
   * of many organizations may be several transactions, so that after a failure some events may be recorded: sent again, they
   * are duplicates.
   * @throws AppError `retryable` when the same batch may succeed later (database unreachable, serialization, disk);
   * not `retryable` when the batch itself is refused and would be again.
   */
  record(events: readonly UsageEvent[], options?: RecordOptions): Promise<EventOutcome[]>;
}
