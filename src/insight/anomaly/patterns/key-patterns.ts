// What the calls of one key look like against what the key did before. Each detector is a function of its own, says nothing where too little is
// known, and names what it saw; risk.ts weighs them.

import { impossibleTravel } from './impossible-travel';
import { distinct, isRefused, type KeyCall, type KeyHistory } from './key-calls';
import { machineRegularity } from './machine-regularity';
import { type Finding } from './risk';

/** Two weeks: less does not say that something was *never* done. */
const DAYS_TO_SAY_NEVER = 14;
/** A country or an address is new for its first day; fewer known days say nothing of it. */
const DAYS_TO_SAY_NEW = 7;
/** So many calls at odd hours are as strong as more. */
const CALLS_AT_ODD_HOURS = 20;
/** Retries and rolling addresses give an honest key a few. */
const FEW_ADDRESSES = 10;
const FEW_ROUTES = 10;
/** Fewer refusals are mistakes. */
const FEW_REFUSED = 20;

type Detector = (calls: readonly KeyCall[], history: KeyHistory) => Finding | null;

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

const newHours: Detector = (calls, { days, daysByHour }) => {
  if (days < DAYS_TO_SAY_NEVER) return null;
  // An hour beside a used one is none of its own: work begins earlier once.
  const used = (hour: number): boolean => [23, 0, 1].some((aside) => daysByHour[(hour + aside) % 24]! > 0);
  const odd = calls.filter(({ atMs }) => !used(new Date(atMs).getUTCHours()));
  const hours = [...new Set(odd.map(({ atMs }) => new Date(atMs).getUTCHours()))].sort((a, b) => a - b);
  const says = `${plural(odd.length, 'call')} at ${hours.join(', ')} o'clock (UTC), when the key was not used on ${plural(days, 'day')} before`;
  return { name: 'new_hours', strength: odd.length / CALLS_AT_ODD_HOURS, says };
};

const newCountry: Detector = (calls, { days, daysByCountry }) => {
  const known = [...daysByCountry.keys()];
  if (days < DAYS_TO_SAY_NEW || known.length === 0) return null;
  const fresh = [...distinct(calls.map(({ country }) => country))].filter((country) => !daysByCountry.has(country));
  if (fresh.length === 0) return null;
  // A key that is used from ten countries gets an eleventh.
  const says = `calls from ${fresh.sort().join(', ')}; before only from ${known.sort().slice(0, 5).join(', ')}`;
  return { name: 'new_country', strength: Math.min(1, (2 * fresh.length) / (known.length + 1)), says };
};

const newAddress: Detector = (calls, { days, daysByAddress }) => {
  const known = daysByAddress.size;
  if (days < DAYS_TO_SAY_NEW || known === 0) return null;
  const fresh = [...distinct(calls.map(({ address }) => address))].filter((address) => !daysByAddress.has(address));
  // A key whose address changes every day says nothing by a new one.
  const strength = Math.min(1, days / known) * Math.min(1, fresh.length);
  return {
    name: 'new_address',
    strength,
    says: `${plural(fresh.length, 'network')} that the key was not used from before`,
  };
};

const manyAddresses: Detector = (calls, { mostAddresses }) => {
  const now = distinct(calls.map(({ address }) => address)).size;
  const usual = Math.max(mostAddresses, FEW_ADDRESSES);
  // From as many as ever to four times as many.
  const says = `${plural(now, 'network')} within an hour; the most before was ${mostAddresses}`;
  return { name: 'many_addresses', strength: (now / usual - 1) / 3, says };
};

const routeScan: Detector = (calls, { mostRoutes, routes }) => {
  const now = distinct(calls.map(({ route }) => route));
  const fresh = [...now].filter((route) => !routes.has(route)).length;
  const usual = Math.max(mostRoutes, FEW_ROUTES);
  const says = `${plural(now.size, 'route')} within an hour, ${fresh} of them for the first time; the most before was ${mostRoutes}`;
  return { name: 'route_scan', strength: fresh <= usual / 2 ? 0 : now.size / usual - 0.5, says };
};

const refusalBurst: Detector = (calls, { refusedShare }) => {
  const refused = calls.filter(isRefused).length;
  const share = calls.length === 0 ? 0 : refused / calls.length;
  if (refused < FEW_REFUSED || share < 3 * refusedShare) return null;
  const percent = (part: number): string => `${Math.round(100 * part)} %`;
  const says = `${refused} answers of 401, 403 or 404, ${percent(share)} of all; before it was ${percent(refusedShare)}`;
  return { name: 'refusal_burst', strength: share, says };
};

const DETECTORS: readonly Detector[] = [
  newHours,
  newCountry,
  newAddress,
  manyAddresses,
  routeScan,
  refusalBurst,
  impossibleTravel,
  machineRegularity,
];

/**
 * What is odd of an hour of calls of one key; nothing is told twice.
 * @param calls of one hour, in order of time.
 */
export const keyPatterns = (calls: readonly KeyCall[], history: KeyHistory): Finding[] =>
  DETECTORS.flatMap((detect) => detect(calls, history) ?? [])
    .filter(({ strength }) => strength > 0)
    .map((finding) => ({ ...finding, strength: Math.min(1, finding.strength) }));
