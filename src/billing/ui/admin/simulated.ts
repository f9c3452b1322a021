/** The pages of a simulation put together. Pure. */
import { type Simulation } from '@/billing/contracts';
import { fromMinor } from '@/kernel/money';

export type SimulatedRow = Simulation['data'][number];
export type SimulatedTotals = Simulation['totals'][number];
export type Shown = 'all' | 'more' | 'less' | 'same';

export interface Simulated {
  data: SimulatedRow[];
  failed: Simulation['failed'];
  totals: SimulatedTotals[];
}

export const NOTHING: Simulated = { data: [], failed: [], totals: [] };

/** What was simulated so far, with one page more. */
export const withPage = (before: Simulated, page: Simulation): Simulated => ({
  data: [...before.data, ...page.data],
  failed: [...before.failed, ...page.failed],
  totals: page.totals.reduce(added, before.totals),
});

function added(totals: readonly SimulatedTotals[], page: SimulatedTotals): SimulatedTotals[] {
  const before = totals.find(({ currency }) => currency === page.currency);
  if (!before) return [...totals, page];
  const { currency } = page;
  const [old_minor, new_minor] = [before.old_minor + page.old_minor, before.new_minor + page.new_minor];
  const sum: SimulatedTotals = {
    currency,
    ...{ old_minor, old: fromMinor(old_minor, currency) },
    ...{ new_minor, new: fromMinor(new_minor, currency) },
    ...{ difference_minor: new_minor - old_minor, difference: fromMinor(new_minor - old_minor, currency) },
    organizations: before.organizations + page.organizations,
    winners: before.winners + page.winners,
    losers: before.losers + page.losers,
  };
  return totals.map((one) => (one === before ? sum : one));
}

const SHOWS: Record<Shown, (row: SimulatedRow) => boolean> = {
  all: () => true,
  more: ({ difference_minor }) => difference_minor > 0,
  less: ({ difference_minor }) => difference_minor < 0,
  same: ({ difference_minor }) => difference_minor === 0,
};

/** Those for whom something changes first, the most first. */
export const rowsOf = ({ data }: Simulated, shown: Shown): SimulatedRow[] =>
  data.filter(SHOWS[shown]).sort((a, b) => Math.abs(b.difference_minor) - Math.abs(a.difference_minor));

/** `+12.5 %` of what was paid; null where nothing was. */
export function changeInPercent({ old_minor, difference_minor }: SimulatedTotals): string | null {
  if (old_minor <= 0) return null;
  const percent = new Intl.NumberFormat('en', { maximumFractionDigits: 1, signDisplay: 'exceptZero' });
  return `${percent.format((difference_minor / old_minor) * 100).replace('-', '−')} %`;
}
