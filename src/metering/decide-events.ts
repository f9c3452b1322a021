import { AppError } from '@/kernel/errors';
import { type EventOutcome, type UsageEvent } from './contracts';
import { type UsageStore } from './usage-store-contract';

interface DecideEventsOptions {
  store: UsageStore;
  events: readonly UsageEvent[];
  /** As the store's options of these names. */
  knownForever: boolean;
  fenced: boolean;
  /** Told the fate of `events[first]`, `events[first + 1]`, …; each event is named once. */
  onDecided: (first: number, outcomes: readonly EventOutcome[]) => Promise<void>;
}

/**
 * Has the store decide the fate of every event. A batch that the store refuses for good is halved until the event that
 * spoils it stands alone, and that one is rejected.
 * @throws what the store threw, when a later attempt may succeed; the events not named by then are undecided.
 */
export async function decideEvents(options: DecideEventsOptions): Promise<void> {
  const { events, onDecided } = options;
  const decide = async (first: number, end: number): Promise<void> => {
    const outcomes = await record(options, events.slice(first, end));
    if (outcomes) return onDecided(first, outcomes);
    const middle = (first + end) >>> 1;
    await decide(first, middle);
    await decide(middle, end);
  };
  if (events.length > 0) await decide(0, events.length);
}

/** The outcomes; null when the batch is refused and must be halved. */
async function record(
  { store, knownForever, fenced }: DecideEventsOptions,
  events: readonly UsageEvent[],
): Promise<EventOutcome[] | null> {
  try {
    const outcomes = await store.record(events, { knownForever, fenced });
    if (outcomes.length === events.length) return outcomes;
    throw new Error(`The store decided ${outcomes.length} of ${events.length} events.`);
  } catch (error) {
    // What is no AppError was not foreseen: keeping the events and trying again loses nothing.
    if (!(error instanceof AppError) || error.retryable) throw error;
    return events.length > 1 ? null : [{ outcome: 'rejected', reason: 'invalid_event', message: error.message }];
  }
}
