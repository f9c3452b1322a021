import { eventKeyOf } from '@/kernel/ids';
import { type UsageEvent } from './contracts';

/** The columns of usage_batch in the order in which `usageCopyRow` writes them. */
export const USAGE_COPY_COLUMNS =
  'position, occurred_at, request_bytes, response_bytes, organization_id, event_key, api_key_id, source_id, route_id, user_agent_id, ' +
  'duration_us, status, livemode, method, country, ip, error_code, external_id, quantities';
/** What `usageCopyLeases` adds to them. */
export const LEASE_COPY_COLUMNS = ', lease_ids, lease_units';

/** The numbers that stand for an event's repeating texts. */
export interface EventLabels {
  sourceId: string;
  routeId: string | null;
  userAgentId: string | null;
}

/** Whether a metric counts distinct values, so that a text is a value of it and not the digits of a number. */
export type IsDistinct = (metric: string) => boolean;

const NULL = '\\N';
const SPECIAL = /[\\\t\n\r\0]/;
const EVERY_SPECIAL = new RegExp(SPECIAL, 'g');
const ESCAPES: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r', '\0': '\uFFFD' };

/** A longer duration is kept as this, 35 minutes 47 seconds: the column has four bytes. */
const MAX_DURATION_US = 2_147_483_647;

// To test first takes half as long where there is nothing to replace, which is nearly always.
const escaped = (text: string): string =>
  SPECIAL.test(text) ? text.replace(EVERY_SPECIAL, (character) => ESCAPES[character]!) : text;
const textOrNull = (text: string | null): string => (text === null ? NULL : escaped(text));

function quantitiesText(quantities: UsageEvent['quantities'], isDistinct: IsDistinct): string {
  // Numbers under keys of the catalogue hold nothing that COPY would read otherwise.
  for (const metric in quantities) {
    if (typeof quantities[metric] !== 'number') return escaped(quantitiesJson(quantities, isDistinct));
  }
  return JSON.stringify(quantities);
}

/**
 * JSON whose numbers have all their digits, which JSON.stringify cannot write. jsonb holds neither NUL nor half of a
 * surrogate pair; only values of distinct-counting metrics can contain them.
 */
function quantitiesJson(quantities: UsageEvent['quantities'], isDistinct: IsDistinct): string {
  const members = Object.entries(quantities).map(([metric, quantity]) => {
    const written =
      typeof quantity === 'object'
        ? JSON.stringify(quantity.map(storable))
        : typeof quantity === 'string' && isDistinct(metric)
          ? JSON.stringify(storable(quantity))
          : String(quantity);
    return `"${metric}":${written}`;
  });
  return `{${members.join(',')}}`;
}

const storable = (value: string): string => value.replaceAll('\0', '\uFFFD').toWellFormed();

/** Instants as COPY takes them; events come in the order of time, so many share the millisecond of the one before. */
const instantText = (() => {
  let [knownMs, known] = [NaN, ''];
  return (ms: number): string => {
    if (ms !== knownMs) [knownMs, known] = [ms, new Date(ms).toISOString()];
    return known;
  };
})();

/** The two columns that say what was lent for an event, each with the tab before it. */
export function usageCopyLeases({ leases }: UsageEvent): string {
  if (!leases || leases.length === 0) return `\t${NULL}\t${NULL}`;
  let [ids, units] = ['', ''];
  for (const lease of leases) {
    const comma = ids === '' ? '' : ',';
    ids += comma + escaped(lease.leaseId);
    units += comma + String(lease.units);
  }
  return `\t{${ids}}\t{${units}}`;
}

/**
 * One line of `COPY … FROM STDIN` in text format, line feed included; `leases` are columns of `usageCopyLeases`, if wanted.
 * @param event one that `checkEvent` finds nothing against.
 */
export function usageCopyRow(
  position: number,
  event: UsageEvent,
  labels: EventLabels,
  isDistinct: IsDistinct,
  leases = '',
): string {
  const key = eventKeyOf(event.id);
  // Joined and not a template: that makes dozens of strings on the way to one.
  return [
    position,
    instantText(event.occurredAtMs),
    event.requestBytes ?? NULL,
    event.responseBytes ?? NULL,
    escaped(event.organizationId),
    key,
    event.apiKeyId ?? NULL,
    labels.sourceId,
    labels.routeId ?? NULL,
    labels.userAgentId ?? NULL,
    event.durationUs === null ? NULL : Math.min(event.durationUs, MAX_DURATION_US),
    event.status ?? NULL,
    event.livemode,
    textOrNull(event.method),
    textOrNull(event.country),
    textOrNull(event.ip),
    textOrNull(event.errorCode),
    key === event.id ? NULL : escaped(event.id),
    `${quantitiesText(event.quantities, isDistinct)}${leases}\n`,
  ].join('\t');
}
