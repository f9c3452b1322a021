/** The ranges a person can choose, as the HTTP API understands them. */
export const RANGES = [
  { value: '24h', label: '24h', title: 'Last 24 hours', query: 'hours=24' },
  { value: '7d', label: '7d', title: 'Last 7 days', query: 'days=7' },
  { value: '30d', label: '30d', title: 'Last 30 days', query: 'days=30' },
  { value: '90d', label: '90d', title: 'Last 90 days', query: 'days=90' },
] as const;
export type UsageRange = (typeof RANGES)[number]['value'];

export const MODES = [
  { value: 'live', label: 'Live', title: 'Usage of live keys' },
  { value: 'test', label: 'Test', title: 'Usage of test keys: kept apart and never billed' },
] as const;
export type UsageMode = (typeof MODES)[number]['value'];

/** What of the usage is shown. It stands in the page's address, so that a link shows the same. */
export interface UsageSelection {
  range: UsageRange;
  mode: UsageMode;
}

const DEFAULTS: UsageSelection = { range: '30d', mode: 'live' };

/** The selection in an address; what is missing or unknown there falls back to 30 days of live usage. */
export function selectionFrom(read: (name: string) => string | null | undefined): UsageSelection {
  return {
    range: RANGES.find(({ value }) => value === read('range'))?.value ?? DEFAULTS.range,
    mode: MODES.find(({ value }) => value === read('mode'))?.value ?? DEFAULTS.mode,
  };
}

/** The part of the page's address that names the selection; empty for the default. */
export function addressOf({ range, mode }: UsageSelection): string {
  const query = new URLSearchParams();
  if (range !== DEFAULTS.range) query.set('range', range);
  if (mode !== DEFAULTS.mode) query.set('mode', mode);
  return query.size > 0 ? `?${query}` : '';
}

export const rangeOf = (value: UsageRange) => RANGES.find((range) => range.value === value) ?? RANGES[2];

/** The query with which the HTTP API reads the selection. */
export const apiQueryOf = ({ range, mode }: UsageSelection): string => `${rangeOf(range).query}&mode=${mode}`;
