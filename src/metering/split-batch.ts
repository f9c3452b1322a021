/** Events that make a transaction of their own worth its price. */
const EVENTS_EACH = 500;
/** Organizations of which one transaction at least takes the ledgers. */
const ORGANIZATIONS_EACH = 8;
/** A power of two, like every smaller number of parts: so the parts of two batches either coincide or contain each other. */
const MAX_PARTS = 8;

/**
 * Splits a batch of many organizations into parts that share none, so that two processes which record for the same
 * organizations wait for each other a part at a time and not for all of it.
 * @returns the positions of each part's events, in order; a single part where splitting would not pay
 */
export function splitBatch(events: readonly { organizationId: string }[]): number[][] {
  const whole = () => [events.map((_, position) => position)];
  if (events.length < 2 * EVENTS_EACH) return whole();
  const organizations = new Set(events.map(({ organizationId }) => organizationId)).size;
  const worth = Math.min(events.length / EVENTS_EACH, organizations / ORGANIZATIONS_EACH, MAX_PARTS);
  let count = 1;
  while (count * 2 <= worth) count *= 2;
  if (count === 1) return whole();
  const parts = Array.from({ length: count }, (): number[] => []);
  events.forEach(({ organizationId }, position) => parts[placeOf(organizationId) % count]!.push(position));
  return parts.filter((part) => part.length > 0);
}

/** Ids are random, so their last digit spreads them evenly; whatever is no id comes first and is refused there. */
const placeOf = (organizationId: string): number => Number.parseInt(organizationId.slice(-1), 16) || 0;
