import { randomUUID } from 'node:crypto';

/**
 * A UUID version 7 like the kernel's newId(), for the path that every metered request takes: randomUUID draws its bits
 * from a pool that Node fills for 128 ids at once, where one id at a time asks the system for each (about 10 µs here).
 */
export function newEventId(): string {
  const timeHex = Date.now().toString(16).padStart(12, '0');
  // The 74 random bits and the variant of the version 4; only the time and the version differ (RFC 9562, section 5.7).
  return `${timeHex.slice(0, 8)}-${timeHex.slice(8)}-7${randomUUID().slice(15)}`;
}
