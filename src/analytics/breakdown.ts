import { type LatencySketch } from './latency-sketch';

/** How many calls there were of each latency bucket, status, method and country. */
export interface Breakdown {
  latency: LatencySketch;
  statuses: ReadonlyMap<string, number>;
  methods: ReadonlyMap<string, number>;
  countries: ReadonlyMap<string, number>;
}

const ENTRY_BYTES = 6;
const STATUS = 2000;
const METHOD = 3000;
const COUNTRY = 4000;
/** In the order of the SQL function call_breakdown, which writes what is read here. */
const METHODS = ['OTHER', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH', 'QUERY'];
const CHARACTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';

const countryOf = (place: number): string =>
  CHARACTERS.charAt(Math.floor(place / CHARACTERS.length)) + CHARACTERS.charAt(place % CHARACTERS.length);

/**
 * Reads the column `breakdown` of the sums, or several of them one behind the other: entries of a code (two bytes) and a
 * number (four), most significant byte first, in any order; numbers of one code are added.
 */
export function readBreakdown(bytes: Buffer): Breakdown {
  // Codes are small, so a list is filled several times faster than a map.
  const counts: number[] = [];
  for (let at = 0; at + ENTRY_BYTES <= bytes.length; at += ENTRY_BYTES) {
    const code = bytes.readUInt16BE(at);
    counts[code] = (counts[code] ?? 0) + bytes.readInt32BE(at + 2);
  }
  const [latency, statuses, methods, countries] = [
    new Map<number, number>(),
    new Map<string, number>(),
    new Map<string, number>(),
    new Map<string, number>(),
  ];
  counts.forEach((n, code) => {
    if (code < STATUS) latency.set(code, n);
    else if (code < METHOD) statuses.set(String(code - STATUS), n);
    else if (code < COUNTRY) methods.set(METHODS[code - METHOD] ?? 'OTHER', n);
    else countries.set(countryOf(code - COUNTRY), n);
  });
  return { latency, statuses, methods, countries };
}

function addCounts<Key>(maps: readonly ReadonlyMap<Key, number>[]): Map<Key, number> {
  const sum = new Map<Key, number>();
  for (const map of maps) for (const [key, n] of map) sum.set(key, (sum.get(key) ?? 0) + n);
  return sum;
}

export function addBreakdowns(breakdowns: readonly Breakdown[]): Breakdown {
  return {
    latency: addCounts(breakdowns.map(({ latency }) => latency)),
    statuses: addCounts(breakdowns.map(({ statuses }) => statuses)),
    methods: addCounts(breakdowns.map(({ methods }) => methods)),
    countries: addCounts(breakdowns.map(({ countries }) => countries)),
  };
}
