import { createHash } from 'node:crypto';
import { addQuantities, compareQuantities, exactQuantity, type ExactQuantity } from '@/kernel/quantity';
import { canonicalEvent, canonicalHead, compareEvents, type EvidenceTerms, type LineEvent } from './line-event';

export interface DigestedLine {
  events: number;
  sha256: string;
  /** By the metric's aggregation. */
  quantity: ExactQuantity;
  /** What else a gauge may stand at: of reports of one instant that were stored at once any may have been the last. */
  others: ReadonlySet<ExactQuantity>;
}

export interface LineDigest {
  /** Takes the next event. @returns what is wrong with it: out of order, twice, not of the line; null where nothing is. */
  add(event: LineEvent): string | null;
  end(): DigestedLine;
}

/** Counts, digests and adds up the events of a line, one after the other, in memory that does not grow with them. */
export function createLineDigest(terms: EvidenceTerms): LineDigest {
  const hash = createHash('sha256').update(canonicalHead(terms));
  const measure = MEASURES[terms.aggregation](terms);
  let pending = '';
  let events = 0;
  let previous: LineEvent | undefined;
  return {
    add(event) {
      const problem = problemOf(terms, event, previous);
      pending += canonicalEvent(event);
      if (pending.length > 65_536) {
        hash.update(pending);
        pending = '';
      }
      measure.add(event);
      events += 1;
      previous = event;
      return problem;
    },
    end: () => ({ events, sha256: hash.update(pending).digest('hex'), ...measure.end() }),
  };
}

function problemOf(terms: EvidenceTerms, event: LineEvent, previous: LineEvent | undefined): string | null {
  const { from, to, storedThrough } = terms;
  const { occurred_at: at, stored_at: stored } = event;
  if (at < from || at >= to) return `it happened at ${at}, not in [${from}, ${to})`;
  if (stored > storedThrough) return `it was stored at ${stored}, after the cutoff ${storedThrough}`;
  const order = previous === undefined ? -1 : compareEvents(previous, event);
  if (order === 0) return 'the event stands there twice';
  return order > 0 ? 'it stands out of order, after an event that comes later' : null;
}

interface Measure {
  add(event: LineEvent): void;
  end(): Pick<DigestedLine, 'quantity' | 'others'>;
}

const NO_OTHERS: ReadonlySet<ExactQuantity> = new Set();

const MEASURES: Record<EvidenceTerms['aggregation'], (terms: EvidenceTerms) => Measure> = {
  sum: () => fold(0, (sum, { quantity }) => addQuantities(sum, exactQuantity(quantity))),
  count: () => fold(0, (count) => addQuantities(count, 1)),
  // A level that was reported when the phase began took the place of the one before.
  max: ({ opening, from }) => {
    let highest: ExactQuantity = 0;
    let isOpen = opening !== null;
    return {
      add({ occurred_at, quantity }) {
        if (occurred_at === from) isOpen = false;
        highest = higher(highest, exactQuantity(quantity));
      },
      end: () => ({ quantity: isOpen ? higher(highest, exactQuantity(opening!.level)) : highest, others: NO_OTHERS }),
    };
  },
  last: ({ opening }) => {
    let latest = new Set<ExactQuantity>([exactQuantity(opening?.level ?? 0)]);
    let at = '';
    return {
      add({ occurred_at, stored_at, quantity }) {
        const instant = `${occurred_at} ${stored_at}`;
        if (instant !== at) latest = new Set();
        at = instant;
        latest.add(exactQuantity(quantity));
      },
      end: () => ({ quantity: [...latest].at(-1)!, others: latest }),
    };
  },
};

function fold(start: ExactQuantity, step: (so: ExactQuantity, event: LineEvent) => ExactQuantity): Measure {
  let value = start;
  return {
    add: (event) => void (value = step(value, event)),
    end: () => ({ quantity: value, others: NO_OTHERS }),
  };
}

const higher = (a: ExactQuantity, b: ExactQuantity): ExactQuantity => (compareQuantities(a, b) < 0 ? b : a);
