import { AppError } from '@/kernel/errors';
import { type UsageStore } from '../usage-store-contract';
import { type ComparedLine } from './find-place';
import { type ImportedLines } from './imported-line-queries';
import { lineIdOf, type LinePlace } from './log-line-id';
import { loggedEvent, type ImportTarget, type Locate } from './logged-event';
import { type ParsedLine } from './parse-log-line';

/** A line that is ready for its batch. */
export interface PreparedLine extends ComparedLine {
  number: number;
  endOffset: number;
  parsed: ParsedLine;
}

export interface PlacedLine {
  line: PreparedLine;
  at: LinePlace;
}

/** What became of lines. */
export interface ImportCounts {
  accepted: number;
  duplicates: number;
  rejected: number;
}

interface BatchDependencies {
  store: UsageStore;
  lines: ImportedLines;
  target: ImportTarget;
  locate: Locate;
  onRejected: (line: number, reason: string) => void;
}

export interface ImportBatches {
  /** Records lines that are new, as far as is noted. */
  record(batch: readonly PlacedLine[]): Promise<ImportCounts>;
  /**
   * Makes sure that lines are what was imported at their places before, with another file of the log.
   * @throws AppError conflict if most are not
   */
  recognise(batch: readonly PlacedLine[]): Promise<ImportCounts>;
}

export function createImportBatches({ store, lines, target, locate, onRejected }: BatchDependencies): ImportBatches {
  function refuseUnreadable(batch: readonly PlacedLine[]): ImportCounts {
    let rejected = 0;
    for (const { line } of batch) {
      if (line.parsed.ok) continue;
      rejected += 1;
      onRejected(line.number, line.parsed.reason);
    }
    return { accepted: 0, duplicates: 0, rejected };
  }

  return {
    async record(batch) {
      const counts = refuseUnreadable(batch);
      const readable = batch.filter(({ line }) => line.readable);
      const events = readable.flatMap(({ line, at }) =>
        line.parsed.ok ? [loggedEvent(line.parsed.request, lineIdOf(line.hash, at), target, locate)] : [],
      );
      const outcomes = await store.record(events, { knownForever: true });
      for (const [n, outcome] of outcomes.entries()) {
        if (outcome.outcome === 'accepted') counts.accepted += 1;
        else if (outcome.outcome === 'duplicate') counts.duplicates += 1;
        else if (outcome.reason === 'unknown_organization') throw new AppError('not_found', outcome.message);
        else {
          counts.rejected += 1;
          onRejected(readable[n]!.line.number, outcome.message);
        }
      }
      return counts;
    },

    async recognise(batch) {
      const ids = batch.filter(({ line }) => line.readable).map(({ line, at }) => lineIdOf(line.hash, at));
      const known = await lines.known(ids);
      // A few may be missing: lines that were dated ahead of their time when they were imported.
      if (known.size * 2 < ids.length) {
        throw new AppError(
          'conflict',
          `From line ${batch[0]!.line.number} on, the file is not what was imported of this log before. Nothing from there on was imported. ` +
            'If it is the log of another host, import it under a source of its own; if it was changed, import the lines that are new as a file of their own.',
        );
      }
      return { ...refuseUnreadable(batch), duplicates: ids.length };
    },
  };
}
