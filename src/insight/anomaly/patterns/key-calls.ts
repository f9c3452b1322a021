/** A call as it is stored: the address is what retention left of it (its network, as a rule), or null. */
export interface KeyCall {
  atMs: number;
  /** ISO 3166, two letters. */
  country: string | null;
  address: string | null;
  route: string | null;
  status: number | null;
}

/** What a key did on the days before the calls that are looked at. */
export interface KeyHistory {
  /** Days on which the key was used. */
  days: number;
  /** On how many of them each hour of the day (UTC) was used; 24 numbers. */
  daysByHour: readonly number[];
  /** On how many of them calls came from each country, and from each address. */
  daysByCountry: ReadonlyMap<string, number>;
  daysByAddress: ReadonlyMap<string, number>;
  /** The most different addresses, and routes, of one hour. */
  mostAddresses: number;
  mostRoutes: number;
  routes: ReadonlySet<string>;
  /** The share of calls that were answered with 401, 403 or 404. */
  refusedShare: number;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** Answers that a caller gets who tries what there is. */
export const isRefused = ({ status }: KeyCall): boolean => status === 401 || status === 403 || status === 404;

/** The distinct values that are not null. */
export const distinct = (values: readonly (string | null)[]): Set<string> =>
  new Set(values.filter((value) => value !== null));

/** What calls of days that are over say of a key. */
export function keyHistory(calls: readonly KeyCall[]): KeyHistory {
  const days = new Set<number>();
  const hoursSeen = new Set<number>();
  const daysByHour = Array<number>(24).fill(0);
  const byCountry = new Map<string, Set<number>>();
  const byAddress = new Map<string, Set<number>>();
  const hours = new Map<number, { addresses: Set<string>; routes: Set<string> }>();
  for (const { atMs, country, address, route } of calls) {
    const day = Math.floor(atMs / DAY_MS);
    const hour = Math.floor(atMs / HOUR_MS);
    days.add(day);
    if (!hoursSeen.has(hour)) daysByHour[hour % 24]! += 1;
    hoursSeen.add(hour);
    if (country !== null) add(byCountry, country, day);
    if (address !== null) add(byAddress, address, day);
    const of = hours.get(hour) ?? { addresses: new Set(), routes: new Set() };
    hours.set(hour, of);
    if (address !== null) of.addresses.add(address);
    if (route !== null) of.routes.add(route);
  }
  const perHour = [...hours.values()];
  return {
    days: days.size,
    daysByHour,
    daysByCountry: counted(byCountry),
    daysByAddress: counted(byAddress),
    mostAddresses: perHour.reduce((most, { addresses }) => Math.max(most, addresses.size), 0),
    mostRoutes: perHour.reduce((most, { routes }) => Math.max(most, routes.size), 0),
    routes: distinct(calls.map(({ route }) => route)),
    refusedShare: calls.length === 0 ? 0 : calls.filter(isRefused).length / calls.length,
  };
}

function add(to: Map<string, Set<number>>, name: string, day: number): void {
  const days = to.get(name) ?? new Set();
  days.add(day);
  to.set(name, days);
}

const counted = (days: ReadonlyMap<string, ReadonlySet<number>>): Map<string, number> =>
  new Map([...days].map(([name, { size }]) => [name, size]));
