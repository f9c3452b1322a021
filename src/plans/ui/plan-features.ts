import { formatExact } from '@/ui/format-number';

const MIB = 1_048_576;
const GIB = 1_024 * MIB;
const DAYS_OF_YEAR = 365;

const NAMES: Readonly<Record<string, string>> = {
  export: 'Export of usage',
  advanced_analytics: 'Usage by endpoint',
  api_keys: 'API keys',
  retention_days: 'Usage kept for',
  max_file_upload_bytes: 'Largest file upload',
};
/** What people compare first stands first; features without a name of their own come last. */
const ORDER = Object.keys(NAMES);

/** What a feature is called; one that is not known here by its key. */
export const featureName = (feature: string): string =>
  NAMES[feature] ?? feature.charAt(0).toUpperCase() + feature.slice(1).replaceAll('_', ' ');

const bytes = (value: number): string =>
  value >= GIB ? `${formatExact(value / GIB)} GiB` : `${formatExact(value / MIB)} MiB`;

const days = (value: number): string => {
  const years = value / DAYS_OF_YEAR;
  if (!Number.isInteger(years) || years === 0) return value === 1 ? '1 day' : `${formatExact(value)} days`;
  return years === 1 ? '1 year' : `${formatExact(years)} years`;
};

/** A feature's value in words: `5 MiB`, `90 days`, `200`. */
export function featureValue(feature: string, value: number): string {
  if (feature.endsWith('_bytes')) return bytes(value);
  if (feature.endsWith('_days')) return days(value);
  return formatExact(value);
}

/** The features of some plans, each once, in the order in which they are shown. */
export function featuresOf(plans: readonly { features: Readonly<Record<string, boolean | number>> }[]): string[] {
  const present = [...new Set(plans.flatMap((plan) => Object.keys(plan.features)))];
  const place = (feature: string) => (ORDER.includes(feature) ? ORDER.indexOf(feature) : ORDER.length);
  return present.sort((a, b) => place(a) - place(b) || a.localeCompare(b));
}
