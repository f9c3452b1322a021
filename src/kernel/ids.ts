import { createHash, randomUUID } from 'node:crypto';

const CANONICAL_UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/**
 * A new UUID version 7 (RFC 9562, section 5.7): unique, and ordered by the millisecond it was made. The 74 bits behind its time are
 * those of a random UUID, which Node draws for many at once.
 */
export function newId(): string {
  const now = Date.now();
  // Written as two small numbers: as one of 41 bits it took a quarter of the whole longer.
  const high = Math.floor(now / 0x1_0000).toString(16);
  const low = (now % 0x1_0000).toString(16);
  return `${high.padStart(8, '0')}-${low.padStart(4, '0')}-7${randomUUID().slice(15)}`;
}

/**
 * The 128-bit key under which an event's id is known. A canonical lower-case UUID is its own key; any other id becomes
 * a version-8 UUID (RFC 9562, section 5.8) made of 122 bits of its SHA-256, so the two kinds never meet.
 */
export function eventKeyOf(id: string): string {
  if (id[14] !== '8' && CANONICAL_UUID.test(id)) return id;
  const digest = createHash('sha256').update(id).digest();
  digest[6] = (digest[6]! & 0x0f) | 0x80;
  digest[8] = (digest[8]! & 0x3f) | 0x80;
  const hex = digest.toString('hex', 0, 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
