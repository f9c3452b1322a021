/**
 * Where in the logs of a source the lines of a file stand. A file that was rotated begins where its log began, one that was
 * trimmed begins within; both are known by their lines standing where they stood, one after the other, until the log ends
 * as far as it was imported. Lines of another host may be equal to some of them, but not to all from there on.
 */
import { type ImportedLines } from './imported-line-queries';
import { lineIdOf, type LinePlace } from './log-line-id';

/** Lines that are compared at most. */
export const COMPARED_LINES = 500;
/** Different lines whose places are looked up: places to try. */
const PROBED_LINES = 8;
const TRIED_PLACES = 16;

export interface ComparedLine {
  hash: Buffer;
  /** Whether it is a request. Others are no events, so nothing is known of them. */
  readable: boolean;
}

export interface KnownLogs {
  lines: ImportedLines;
  /** Places of a log that are done as far as is noted; more of them may be events. */
  lengthOf: (log: number) => number;
  /** Whether a file is known to begin with this line at this place. */
  isBeginning: (hash: Buffer, at: LinePlace) => boolean;
}

/**
 * The place of the first of these lines, if they stand in a known log.
 *
 * Lines that say all the same prove nothing unless they begin the same file: in a log that was rotated within a second, the
 * new file may begin with the line that the old one ends with.
 */
export async function findPlace(
  window: readonly ComparedLine[],
  { lines, lengthOf, isBeginning }: KnownLogs,
): Promise<LinePlace | undefined> {
  let best: { at: LinePlace; matches: number } | undefined;
  for (const at of await candidates(window, lines)) {
    const ids = window.map(({ hash }, n) => lineIdOf(hash, { log: at.log, place: at.place + n }));
    const known = await lines.known(ids.filter((_id, n) => window[n]!.readable));
    const firstMiss = window.findIndex(({ readable }, n) => readable && !known.has(ids[n]!));
    const isEndOfLog = firstMiss < 0 || at.place + firstMiss >= lengthOf(at.log);
    const matching = (firstMiss < 0 ? window : window.slice(0, firstMiss)).filter(({ readable }) => readable);
    const matches = matching.length;
    // What is known after the first line that is not would be a coincidence.
    if (!isEndOfLog || known.size > matches) continue;
    const isProof =
      isBeginning(window[0]!.hash, at) || new Set(matching.map(({ hash }) => hash.toString('latin1'))).size > 1;
    if (isProof && matches > (best?.matches ?? 0)) best = { at, matches };
  }
  return best?.at;
}

/** Places that the first line may have, by where its neighbours and itself are known to stand; the likeliest first. */
async function candidates(window: readonly ComparedLine[], lines: ImportedLines): Promise<LinePlace[]> {
  const probes = new Map<string, number>();
  for (const [n, { hash, readable }] of window.entries()) {
    const key = hash.toString('latin1');
    if (readable && !probes.has(key) && probes.size < PROBED_LINES) probes.set(key, n);
  }
  const found = await lines.placesOf([...probes.values()].map((n) => window[n]!.hash));
  const votes = new Map<string, { at: LinePlace; votes: number }>();
  for (const [probe, n] of [...probes.values()].entries()) {
    for (const { log, place } of found[probe]!) {
      if (place < n) continue;
      const at = { log, place: place - n };
      const entry = votes.get(`${log} ${at.place}`) ?? { at, votes: 0 };
      votes.set(`${log} ${at.place}`, { at, votes: entry.votes + 1 });
    }
  }
  return [...votes.values()]
    .sort((a, b) => b.votes - a.votes)
    .slice(0, TRIED_PLACES)
    .map(({ at }) => at);
}
