import { cx } from '@/ui/cx';
import { formatSum } from '@/ui/format-money';
import { formatExact } from '@/ui/format-number';
import { changeInPercent, type SimulatedTotals } from './simulated';

/** `+$12.00`, `−$3.00`, `$0.00`. */
export const differenceWords = ({ difference, difference_minor, currency }: Difference): string =>
  `${difference_minor > 0 ? '+' : ''}${formatSum(difference, currency)}`;
type Difference = Pick<SimulatedTotals, 'difference' | 'difference_minor' | 'currency'>;

/** What everybody would have paid, against what they paid; one currency. */
export function SimulationTotals({ totals }: { totals: SimulatedTotals }) {
  const { currency, organizations, winners, losers } = totals;
  const percent = changeInPercent(totals);
  const figures = [
    { label: 'Under the terms that held', value: formatSum(totals.old, currency) },
    { label: 'Under the draft', value: formatSum(totals.new, currency) },
    { label: 'Difference', value: differenceWords(totals), note: percent },
    { label: 'Would pay more', value: formatExact(losers), note: `of ${formatExact(organizations)}` },
    { label: 'Would pay less', value: formatExact(winners), note: `of ${formatExact(organizations)}` },
  ];
  return (
    <dl
      className="grid grid-cols-2 gap-x-8 gap-y-3 border-t px-4 py-3 sm:grid-cols-3 xl:grid-cols-5"
      aria-label={`Totals in ${currency}`}
    >
      {figures.map(({ label, value, note }, place) => (
        <div key={label} className="min-w-0">
          <dt className="text-xs text-ink-3">{label}</dt>
          <dd className="[overflow-wrap:anywhere]">
            <span className={cx('text-lg tracking-[-0.01em]', place === 2 ? 'font-semibold' : 'font-medium')}>
              {value}
            </span>
            {note && <span className="ml-1.5 text-xs text-ink-3">{note}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
