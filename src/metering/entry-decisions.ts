import { type Logger } from 'pino';
import { type Clock } from '@/kernel/clock';
import { type AppError } from '@/kernel/errors';
import { type EventOutcome, type OwnEvent, type TrackerStatus } from './contracts';
import { type JournalSegment } from './journal/journal-segment';
import { type SetAside } from './journal/rejected-file';
import { decideEvents } from './decide-events';
import { notRecorded } from './not-recorded';
import { type UsageJournal } from './journal/usage-journal';
import { type UsageStore } from './usage-store-contract';

/** An event on its way from a request to the store. */
export interface TrackedEntry {
  readonly event: OwnEvent;
  /** Where its record stands in the journal. */
  segment: JournalSegment | null;
  /** Who waits until it is decided, and since when. */
  waiter: { resolve: () => void; reject: (error: AppError) => void; sinceMs: number } | null;
  decided: boolean;
}

interface EntryDecisionsOptions {
  store: UsageStore;
  journal: UsageJournal | null;
  clock: Clock;
  log: Logger;
  /** Whether an event whose lease is gone is refused: its caller still waits. */
  fenced: boolean;
  /** Longest time in ms that someone waits for an entry. */
  patienceMs: number;
  /** Told how many entries are done with. */
  onDone: (entries: number) => void;
}

export interface EntryDecisions {
  /** Brings entries into the store. Rejects when those not decided shall be tried again. */
  write: (entries: readonly TrackedEntry[]) => Promise<void>;
  counts: () => { recorded: number; duplicates: number; rejected: number };
  lastFailure: () => TrackerStatus['lastFailure'];
}

/** Decides the fate of entries with the store's help, and tells their journal segments and those who wait. */
export function createEntryDecisions(options: EntryDecisionsOptions): EntryDecisions {
  const { store, journal, clock, log, fenced, patienceMs, onDone } = options;
  const counts = { recorded: 0, duplicates: 0, rejected: 0 };
  let lastFailure: TrackerStatus['lastFailure'] = null;

  async function write(entries: readonly TrackedEntry[]): Promise<void> {
    try {
      await decideEvents({
        store,
        events: entries.map((entry) => entry.event),
        knownForever: false,
        fenced,
        onDecided: (first, outcomes) => conclude(entries.slice(first, first + outcomes.length), outcomes),
      });
      lastFailure = null;
    } catch (error) {
      lastFailure = { at: clock.now().toISOString(), message: error instanceof Error ? error.message : String(error) };
      log.warn({ err: error, events: entries.length }, 'usage: a batch was not recorded yet');
      giveUpImpatient(entries, error);
      throw error;
    }
  }

  async function conclude(entries: readonly TrackedEntry[], outcomes: readonly EventOutcome[]): Promise<void> {
    const refused = entries.flatMap(({ event }, index) => countOutcome(event, outcomes[index]));
    const kept = refused.length === 0 || (await setAside(refused));
    entries.forEach((entry, index) => {
      const outcome = outcomes[index];
      const rejected = outcome?.outcome === 'rejected' ? outcome : null;
      // Where the reason could not be written, the record stays, and the next start meets the event again.
      if (entry.segment && (kept || !rejected)) journal?.release(entry.segment, 1);
      finish(entry, rejected && notRecorded(rejected.message, { retryable: rejected.reason === 'lease_expired' }));
    });
    onDone(entries.length);
  }

  function countOutcome(event: OwnEvent, outcome: EventOutcome | undefined): SetAside[] {
    if (outcome?.outcome !== 'rejected') {
      if (outcome?.outcome === 'duplicate') counts.duplicates++;
      else counts.recorded++;
      return [];
    }
    // Its caller is told to try again, so nothing was promised that would have to be kept.
    if (outcome.reason === 'lease_expired') return [];
    counts.rejected++;
    return [{ reason: outcome.reason, message: outcome.message, event }];
  }

  async function setAside(refused: readonly SetAside[]): Promise<boolean> {
    // Without a journal the log is the only place where they can still be found.
    log.error({ refused: journal ? refused.length : refused }, 'usage: the database refused events for good');
    try {
      await journal?.setAside(refused);
      return true;
    } catch (error) {
      log.error({ err: error, refused }, 'usage: refused events could not be set aside');
      return false;
    }
  }

  /** Those who wait do so for a bounded time; an event whose caller was refused is not tried again. */
  function giveUpImpatient(entries: readonly TrackedEntry[], cause: unknown): void {
    const oldestMs = performance.now() - patienceMs;
    const impatient = entries.filter(({ decided, waiter }) => !decided && waiter && waiter.sinceMs <= oldestMs);
    for (const entry of impatient) {
      finish(entry, notRecorded('The usage of this call could not be recorded in time. Please try again.', { cause }));
    }
    onDone(impatient.length);
  }

  return { write, counts: () => ({ ...counts }), lastFailure: () => lastFailure };
}

function finish(entry: TrackedEntry, failure: AppError | null): void {
  entry.decided = true;
  if (failure) entry.waiter?.reject(failure);
  else entry.waiter?.resolve();
}
