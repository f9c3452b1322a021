/**
 * Brings into the store what dead processes left in their journals: at the start and every 30 s, so that a process that
 * dies beside this one is cleared up as well. A leftover segment is deleted once the fate of all its records is decided;
 * while the store is down it stays, and is tried again soon.
 */
import { rm } from 'node:fs/promises';
import { type Logger } from 'pino';
import { type EventOutcome, type UsageEvent } from '../contracts';
import {
  adoptLeftovers,
  listLeftovers,
  type OnHolderDone,
  removeEmptyLeftovers,
  type LeftoverSegment,
} from './journal-leftovers';
import { readLeftover } from './leftover-contents';
import { type SetAside } from './rejected-file';
import { retryDelayMs } from '../retry-delay';
import { decideEvents } from '../decide-events';
import { type UsageJournal } from './usage-journal';
import { type UsageStore } from '../usage-store-contract';

const INTERVAL_MS = 30_000;
const FIRST_RETRY_MS = 1_000;
const BATCH_SIZE = 1_000;

/** What became of the leftovers, in records, since this process started. */
interface RecoveryTotals {
  recorded: number;
  duplicates: number;
  /** Refused by the store; set aside. */
  rejected: number;
  /** Stretches of bytes that are no record; set aside. */
  damaged: number;
  /** Unfinished last records, cut: nobody was told that they are kept. */
  torn: number;
}

export interface JournalRecovery {
  /** Runs now, and from then on every 30 s. Does not keep the process alive. */
  start(): void;
  /** Adopts and replays once; runs that overlap are one. @throws what the store or onHolderDone threw; the rest stays for the next run. */
  run(): Promise<void>;
  /** Leftover records known to await the store. */
  backlog(): number;
  totals(): RecoveryTotals;
  /** Ends after the batch under way. */
  stop(): Promise<void>;
}

export interface JournalRecoveryOptions {
  journal: UsageJournal;
  store: UsageStore;
  log: Logger;
  /** Told of each dead process whose journal was replayed to its end; again if it rejects. */
  onHolderDone?: OnHolderDone | undefined;
}

interface SegmentReplay {
  events: number;
  /** Events from the first on whose fate is decided. */
  decided: number;
  refused: SetAside[];
}

export function createJournalRecovery(options: JournalRecoveryOptions): JournalRecovery {
  const { journal, store, log, onHolderDone = () => Promise.resolve() } = options;
  const totals: RecoveryTotals = { recorded: 0, duplicates: 0, rejected: 0, damaged: 0, torn: 0 };
  /** How far each leftover segment has come; a failure does not send it back to its beginning. */
  const replays = new Map<string, SegmentReplay>();
  let running: Promise<void> | null = null;
  let timer: NodeJS.Timeout | undefined;
  let failures = 0;
  let stopped = false;

  async function recover(): Promise<void> {
    const adopted = await adoptLeftovers(journal.path, journal.ownPath);
    if (adopted > 0) log.info({ processes: adopted }, 'usage journal: adopted what ended processes left');
    const leftovers = await listLeftovers(journal.ownPath);
    for (const segment of leftovers) if (!replays.has(segment.path)) await count(segment);
    for (const segment of leftovers) {
      if (stopped) return;
      await replay(segment);
    }
    await removeEmptyLeftovers(journal.ownPath, onHolderDone);
  }

  async function count(segment: LeftoverSegment): Promise<void> {
    const { events } = await readLeftover(segment);
    replays.set(segment.path, { events: events.length, decided: 0, refused: [] });
  }

  async function replay(segment: LeftoverSegment): Promise<void> {
    const { events, damaged, torn } = await readLeftover(segment);
    const state = replays.get(segment.path) ?? { events: events.length, decided: 0, refused: [] };
    while (state.decided < events.length) {
      if (stopped) return;
      const batch = events.slice(state.decided, state.decided + BATCH_SIZE);
      const onDecided = async (first: number, outcomes: readonly EventOutcome[]) => {
        state.decided += outcomes.length;
        state.refused.push(...countOutcomes(batch.slice(first), outcomes));
      };
      await decideEvents({ store, events: batch, knownForever: true, fenced: false, onDecided });
    }
    await journal.setAside([...state.refused, ...damaged]);
    await rm(segment.path, { force: true });
    replays.delete(segment.path);
    totals.damaged += damaged.length;
    totals.torn += torn;
    if (damaged.length > 0)
      log.error({ segment: segment.path, damaged: damaged.length }, 'usage journal: set bytes aside');
    if (torn > 0) log.warn({ segment: segment.path }, 'usage journal: cut a record that was never finished');
  }

  /** Adds to the totals; gives back what the store refused. */
  function countOutcomes(events: readonly UsageEvent[], outcomes: readonly EventOutcome[]): SetAside[] {
    return outcomes.flatMap((outcome, index) => {
      if (outcome.outcome === 'accepted') totals.recorded++;
      else if (outcome.outcome === 'duplicate') totals.duplicates++;
      else {
        totals.rejected++;
        const event = events[index];
        return event ? [{ reason: outcome.reason, message: outcome.message, event }] : [];
      }
      return [];
    });
  }

  const run = (): Promise<void> => (running ??= recover().finally(() => (running = null)));

  async function runAndSchedule(): Promise<void> {
    try {
      await run();
      failures = 0;
    } catch (error) {
      failures++;
      log.warn({ err: error, backlog: backlog() }, 'usage journal: leftovers wait for the database');
    }
    if (stopped) return;
    const delayMs = failures === 0 ? INTERVAL_MS : retryDelayMs(failures, FIRST_RETRY_MS, INTERVAL_MS);
    timer = setTimeout(() => void runAndSchedule(), delayMs);
    timer.unref();
  }

  function backlog(): number {
    let sum = 0;
    for (const { events, decided } of replays.values()) sum += events - decided;
    return sum;
  }

  return {
    start: () => void runAndSchedule(),
    run,
    backlog,
    totals: () => ({ ...totals }),
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await running?.catch(() => undefined);
    },
  };
}
