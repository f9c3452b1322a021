/**
 * Takes usage events from requests and brings them into the store, exactly once and in batches. The way of an event
 * (durability `journal`; steps in brackets are left out by `database` and `memory`):
 *
 *   record()
 *      │ no room: waits in line ──▶ patience over ──▶ refused (`block`) or dropped and counted (`shed`)
 *      ▼
 *   [ appending ] ──▶ the disk refused ──▶ refused; the journal is tried again before further requests are let in
 *      ▼
 *   [ journalled ]     record() resolves: from here on the event survives this process
 *      ▼
 *   waiting ◀──────────────────────────┐
 *      │ 100 events or 5 s, then rest  │ requeued in front, after a pause: the store may take it later
 *      ▼                               │
 *   in flight ─────────────────────────┘
 *      │      └──▶ refused for good: halved until alone ──▶ set aside, with the reason ──▶ decided
 *      ▼
 *   decided            its record in the journal is of no more use
 *
 * `database`: record() resolves when the event is decided, and rejects when patience ends first. `memory`: at once.
 */
import { type Logger } from 'pino';
import { type Clock } from '@/kernel/clock';
import { AppError } from '@/kernel/errors';
import { createBatchWriter } from './batch-writer';
import { type OwnEvent, type TrackerStatus } from './contracts';
import { createEntryDecisions, type TrackedEntry } from './entry-decisions';
import { notRecorded } from './not-recorded';
import { type OnHolderDone } from './journal/journal-leftovers';
import { createJournalRecovery } from './journal/journal-recovery';
import { journalEvent } from './journal/journalled-event';
import { type WriteGroup } from './journal/journal-writer';
import { createQueueRoom } from './queue-room';
import { retryDelayMs } from './retry-delay';
import { createShedCounter } from './shed-counter';
import { type UsageJournal } from './journal/usage-journal';
import { type UsageStore } from './usage-store-contract';

export interface UsageTracker {
  /**
   * Takes an event; resolves once it is as durable as configured.
   * @throws AppError `usage_not_recorded` when it is not kept: the caller must not answer as if it were.
   */
  record(event: OwnEvent): Promise<void>;
  /** Call before the work that will be metered. @throws AppError `usage_not_recorded` when an event could not be kept now. */
  assertAccepting(): void;
  status(): TrackerStatus;
  /** Events that were refused for good and wait for a person: what stands in the journal's folder, or in the log of this process. */
  setAside(): Promise<number>;
  /** Writes at once; resolves when what was recorded before is in the store. @throws what the first failing write threw. */
  flush(): Promise<void>;
  /**
   * Refuses new events and brings the rest into the store; what the store does not take within the patience stays in
   * the journal for the next start. Closes the journal too. Calling it again waits for the same end.
   */
  close(): Promise<void>;
}

export interface UsageTrackerOptions {
  store: UsageStore;
  /** Required for durability `journal`; closed by the tracker. With any durability its leftovers are replayed. */
  journal: UsageJournal | null;
  clock: Clock;
  log: Logger;
  durability: TrackerStatus['durability'];
  onOverflow: 'block' | 'shed';
  /** Events that trigger a write. */
  batchSize: number;
  /** Longest time in ms an event waits for its batch to fill. */
  flushMs: number;
  /** Events held in memory at most. */
  queueLimit: number;
  /** Longest time in ms that a caller waits: for room, for the database, for close(); 10 s if absent. */
  patienceMs?: number;
  /** First pause in ms after a failed write; 100 if absent. */
  retryBaseMs?: number;
  /**
   * Told of each process, by the id of its journal, that has ended and all of whose events are recorded: of dead ones when
   * their journal was replayed, of this one by close(). If it rejects it is told again, by this process or another.
   */
  onHolderDone?: OnHolderDone;
}

const MAX_RETRY_MS = 10_000;
/** Between two writes of a busy process. An event costs 60 µs of both sides in a batch of 100, 26 in one of 500, 17 in one of 2,000. */
const REST_MS = 1_000;
/** Callers wait for their commit, so the database is tried more often. */
const MAX_RETRY_WHILE_WAITING_MS = 1_000;

export function createUsageTracker(options: UsageTrackerOptions): UsageTracker {
  const { store, journal, clock, log, durability, onOverflow, batchSize, flushMs, queueLimit } = options;
  const { patienceMs = 10_000, retryBaseMs = 100, onHolderDone } = options;
  const appendTo = durability === 'journal' ? journal : null;
  if (durability === 'journal' && !journal) throw new AppError('internal', 'Durability `journal` needs a journal.');

  const awaited = durability === 'database';
  const maxRetryMs = awaited ? MAX_RETRY_WHILE_WAITING_MS : MAX_RETRY_MS;
  const room = createQueueRoom({ limit: queueLimit, patienceMs });
  const shed = createShedCounter({ log });
  const recovery = journal && createJournalRecovery({ journal, store, log, onHolderDone });
  const decisions = createEntryDecisions({
    store,
    journal,
    clock,
    log,
    fenced: awaited,
    patienceMs,
    onDone: room.leave,
  });
  const writer = createBatchWriter<TrackedEntry>({
    batchSize: awaited ? 1 : batchSize,
    flushMs,
    restMs: awaited ? 0 : REST_MS,
    write: decisions.write,
    isDone: (entry) => entry.decided,
    retryDelayMs: (failures) => retryDelayMs(failures, retryBaseMs, maxRetryMs),
    keepAlive: awaited,
  });
  let group: WriteGroup | null = null;
  let groupEntries: TrackedEntry[] = [];
  let closing: Promise<void> | null = null;
  recovery?.start();

  function record(event: OwnEvent): Promise<void> {
    if (closing) return Promise.reject(notRecorded('The server is stopping. Please try again.'));
    return room.tryEnter() ? admit(event) : admitLater(event);
  }

  async function admitLater(event: OwnEvent): Promise<void> {
    const entered = await room.waitToEnter();
    if (entered && !closing) return admit(event);
    if (entered) room.leave(1);
    if (onOverflow === 'block' || closing)
      throw notRecorded('Too much usage is waiting to be recorded. Please try again.');
    shed.add();
  }

  function admit(event: OwnEvent): Promise<void> {
    const entry: TrackedEntry = { event, segment: null, waiter: null, decided: false };
    if (appendTo) return appendEntry(appendTo, entry);
    if (awaited) {
      return new Promise((resolve, reject) => {
        entry.waiter = { resolve, reject, sinceMs: performance.now() };
        writer.push(entry);
      });
    }
    writer.push(entry);
    return Promise.resolve();
  }

  /** One promise and one callback serve all events of a group: this is the path that every request pays for. */
  function appendEntry(to: UsageJournal, entry: TrackedEntry): Promise<void> {
    try {
      const joined = to.append(journalEvent(entry.event));
      if (joined === group) groupEntries.push(entry);
      else followGroup(joined, [entry]);
      return joined.durable;
    } catch (error) {
      room.leave(1);
      return Promise.reject(
        notRecorded('The usage of this call could not be recorded. Please try again.', { cause: error }),
      );
    }
  }

  function followGroup(joined: WriteGroup, entries: TrackedEntry[]): void {
    group = joined;
    groupEntries = entries;
    joined.durable.then(
      () => {
        for (const entry of entries) entry.segment = joined.segment;
        writer.pushAll(entries);
      },
      () => room.leave(entries.length),
    );
  }

  function assertAccepting(): void {
    if (closing) throw notRecorded('The server is stopping. Please try again.');
    if (appendTo && !appendTo.isWritable())
      throw notRecorded('Usage cannot be written to the disk now. Please try again.');
    const failingForMs = writer.failingForMs();
    if (failingForMs === null) return;
    const hopeless = awaited ? failingForMs > patienceMs && writer.size() > 0 : onOverflow === 'block' && room.isFull();
    if (hopeless) throw notRecorded('Usage cannot be recorded now. Please try again.');
  }

  function status(): TrackerStatus {
    const counts = decisions.counts();
    const replayed = recovery?.totals();
    return {
      durability,
      backlog: writer.size() + (recovery?.backlog() ?? 0),
      recorded: counts.recorded + (replayed?.recorded ?? 0),
      duplicates: counts.duplicates + (replayed?.duplicates ?? 0),
      shed: shed.count(),
      rejected: counts.rejected + (replayed?.rejected ?? 0),
      journalWritable: appendTo ? appendTo.isWritable() : null,
      lastFailure: decisions.lastFailure(),
    };
  }

  const setAside = (): Promise<number> => journal?.countSetAside() ?? Promise.resolve(status().rejected);

  async function flush(): Promise<void> {
    // A group the disk refuses was reported to those who wait for it.
    await group?.durable.catch(() => undefined);
    await writer.flush();
  }

  async function finishAll(): Promise<void> {
    room.close();
    let patienceEnd: NodeJS.Timeout | undefined;
    let impatient = false;
    const patience = new Promise<void>((resolve) => {
      patienceEnd = setTimeout(() => {
        impatient = true;
        resolve();
      }, patienceMs);
    });
    const stopRecovery = recovery?.stop();
    await Promise.race([flushUntil(() => impatient), patience]);
    abandon(await writer.stop(patience));
    await Promise.race([stopRecovery, patience]);
    clearTimeout(patienceEnd);
    await journal?.close(onHolderDone);
  }

  async function flushUntil(isOver: () => boolean): Promise<void> {
    for (let failures = 1; !isOver(); failures++) {
      try {
        return await flush();
      } catch {
        await new Promise((resolve) => setTimeout(resolve, retryDelayMs(failures, retryBaseMs, maxRetryMs)));
      }
    }
  }

  function abandon(left: readonly TrackedEntry[]): void {
    if (left.length === 0) return;
    const kept = left.filter((entry) => entry.segment !== null).length;
    log.error({ kept, lost: left.length - kept }, 'usage: the database did not take everything before the end');
    for (const entry of left) entry.waiter?.reject(notRecorded('The server stopped before the usage was recorded.'));
  }

  return { record, assertAccepting, status, setAside, flush, close: () => (closing ??= finishAll()) };
}
