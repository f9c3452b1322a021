import { type PlanView } from '@/plans/contracts';
import { formatCompact, formatExact } from '@/ui/format-number';
import { pluralUnit } from '@/ui/plural-unit';
import { featureName, featuresOf, featureValue } from './plan-features';
import { priceWords } from './price-words';

/** What one plan says in one row: yes or no, or words with a second line. */
export type PlanCell = boolean | { text: string; note?: string };

export interface PlanRow {
  key: string;
  label: string;
  cellOf: (plan: PlanView) => PlanCell;
}

export interface PlanRowGroup {
  title: string;
  rows: readonly PlanRow[];
}

type Limit = PlanView['limits'][number];

const NOT_LIMITED: PlanCell = { text: 'Unlimited' };

function limitCell(limit: Limit | undefined, currency: string): PlanCell {
  if (!limit || limit.included === null) return NOT_LIMITED;
  const { included, unit, enforcement, price, overage_limit } = limit;
  // Units that are symbols belong to the number; words of everyday things are the row's name already.
  const symbol = pluralUnit(unit, 2) === unit ? ` ${unit}` : '';
  const text = (included < 1e6 ? formatExact(included) : formatCompact(included)) + symbol;
  if (enforcement === 'hard' || !price) return { text, note: 'then refused' };
  const end = overage_limit === null ? '' : `, at most ${formatCompact(overage_limit)} more`;
  return { text, note: `then ${priceWords(price, currency)}${end}` };
}

/** What every plan is chosen by stands first. */
const MAIN_METRIC = 'api_calls';

function metricRows(plans: readonly PlanView[]): PlanRow[] {
  const names = new Map(plans.flatMap(({ limits }) => limits.map(({ metric, name }) => [metric, name] as const)));
  const ordered = [...names].sort(([a], [b]) => Number(b === MAIN_METRIC) - Number(a === MAIN_METRIC));
  return ordered.map(([metric, name]) => ({
    key: metric,
    label: name,
    cellOf: ({ limits, currency }) =>
      limitCell(
        limits.find((limit) => limit.metric === metric),
        currency,
      ),
  }));
}

const featureRows = (plans: readonly PlanView[]): PlanRow[] =>
  featuresOf(plans).map((feature) => ({
    key: feature,
    label: featureName(feature),
    cellOf: ({ features }) => {
      const value = features[feature] ?? false;
      return typeof value === 'boolean' ? value : { text: featureValue(feature, value) };
    },
  }));

const RATE: PlanRow = {
  key: 'requests_per_minute',
  label: 'Requests a minute',
  cellOf: (plan) => ({ text: formatExact(plan.requests_per_minute) }),
};

/** The rows of a comparison of these plans: what a month includes, then what else comes with it. */
export const planRows = (plans: readonly PlanView[]): PlanRowGroup[] => [
  { title: 'Included every month', rows: [...metricRows(plans), RATE] },
  { title: 'Features', rows: featureRows(plans) },
];
