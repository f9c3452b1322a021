/**
 * Whether an event fits the table, told before it is sent: what Postgres refuses, it refuses with the whole batch. Every
 * border (a report, a wrapped handler, an import) holds its numbers and texts in bounds by itself; this is the last one, for
 * what comes out of old journals and for mistakes of our own.
 */
import { isIP } from 'node:net';
import { MAX_UNITS, parseUnits } from '@/kernel/quantity';
import { type Aggregation, type RejectionReason, type UsageEvent } from './contracts';

type Metrics = ReadonlyMap<string, { aggregation: Aggregation }>;

interface Misfit {
  reason: RejectionReason;
  message: string;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** The instants of years 1 to 9999, which Postgres and ISO 8601 write alike. */
const EARLIEST_MS = Date.UTC(2001, 0, 1) - 2_000 * 365.2425 * 86_400_000;
const LATEST_MS = Date.UTC(9999, 11, 31);
const MAX_ID_LENGTH = 255;

const invalid = (message: string): Misfit => ({ reason: 'invalid_event', message });
const isCount = (value: number | null): boolean => value === null || (Number.isSafeInteger(value) && value >= 0);

/** Why an event cannot be stored; null if it can. */
export function checkEvent(event: UsageEvent, metrics: Metrics): Misfit | null {
  const { organizationId, apiKeyId, occurredAtMs, status, requestBytes, responseBytes, durationUs, ip, id } = event;
  if (!UUID.test(organizationId)) {
    return { reason: 'unknown_organization', message: `organization ${organizationId} does not exist` };
  }
  if (id.length === 0 || id.length > MAX_ID_LENGTH) return invalid('id: expected 1 to 255 characters');
  if (event.source.name.length === 0 || event.source.name.length > 64) {
    return invalid('source: expected 1 to 64 characters');
  }
  if (apiKeyId !== null && !UUID.test(apiKeyId)) return invalid('apiKeyId: expected a UUID');
  if (!Number.isInteger(occurredAtMs) || occurredAtMs < EARLIEST_MS || occurredAtMs > LATEST_MS) {
    return invalid(`occurredAtMs: ${occurredAtMs} is no instant`);
  }
  if (!isCount(status) || status! > 999) return invalid(`status: ${status} is none`);
  if (!isCount(requestBytes) || !isCount(responseBytes) || !isCount(durationUs)) {
    return invalid('bytes and durations are whole numbers from 0 to 2^53 - 1');
  }
  if (ip !== null && (ip.includes('%') || isIP(ip) === 0)) return invalid('ip: expected an address');
  return checkQuantities(event, metrics);
}

function checkQuantities({ quantities }: UsageEvent, metrics: Metrics): Misfit | null {
  for (const metric in quantities) {
    const known = metrics.get(metric);
    if (known === undefined) {
      return { reason: 'unknown_metric', message: `quantities.${metric}: there is no metric of this name` };
    }
    const quantity = quantities[metric]!;
    const fits =
      typeof quantity === 'number'
        ? quantity >= 0 && quantity <= MAX_UNITS
        : known.aggregation === 'unique' || (typeof quantity === 'string' && parseUnits(quantity) !== null);
    if (!fits) return invalid(`quantities.${metric}: expected a number from 0 to 10^18`);
  }
  return null;
}
