import { ChevronRight } from 'lucide-react';
import { type InvoiceLineView, type InvoiceView } from '@/billing/contracts';
import { Card } from '@/ui/card';
import { cx } from '@/ui/cx';
import { formatSum } from '@/ui/format-money';
import { LineDetails } from './invoice-line-details';
import { unitPriceWords } from './line-words';

/** Of more lines than this only those in view are drawn: there may be thousands. */
const MANY = 100;

/** The lines of an invoice, each of which opens to how its amount comes about, and what they add up to. */
export function InvoiceLinesCard({
  invoice,
  due,
  hasFiles,
}: {
  invoice: InvoiceView;
  due: string;
  /** Whether the events of its lines are there to be saved. */
  hasFiles: boolean;
}) {
  const { currency, lines } = invoice;
  return (
    <Card title="Lines" note={lines.length === 1 ? '1 line' : `${lines.length} lines`}>
      <ul>
        {lines.map((line) => (
          <Line key={line.id} line={line} invoice={invoice} hasFiles={hasFiles} />
        ))}
      </ul>
      <dl className="ml-auto grid max-w-xs grid-cols-[1fr_auto] gap-y-1 border-t px-4 py-3 text-sm sm:border-t-0">
        <Total label="Subtotal" value={formatSum(invoice.subtotal, currency)} />
        {invoice.tax_minor !== 0 && <Total label="Tax" value={formatSum(invoice.tax, currency)} />}
        <Total label="Total" value={formatSum(invoice.total, currency)} />
        {invoice.credited_minor !== 0 && <Total label="Credited" value={formatSum(`-${invoice.credited}`, currency)} />}
        <Total label="Amount due" value={formatSum(due, currency)} strong />
      </dl>
    </Card>
  );
}

const Total = ({ label, value, strong = false }: { label: string; value: string; strong?: boolean }) => (
  <>
    <dt className={cx(strong ? 'border-t pt-1.5 font-semibold' : 'text-ink-2')}>{label}</dt>
    <dd className={cx('pl-8 text-right', strong && 'border-t pt-1.5 font-semibold')}>{value}</dd>
  </>
);

function Line({
  line,
  invoice: { id, number, currency, lines },
  hasFiles,
}: {
  line: InvoiceLineView;
  invoice: InvoiceView;
  hasFiles: boolean;
}) {
  const price = unitPriceWords(line, currency);
  return (
    <li
      className={cx(
        'border-t',
        lines.length > MANY && '[contain-intrinsic-size:auto_3.5rem] [content-visibility:auto]',
      )}
    >
      <details className="group">
        <summary className="flex list-none items-start gap-2 px-4 py-2.5 transition-colors hover:bg-canvas focus-visible:-outline-offset-2 dark:hover:bg-sunken/50 [&::-webkit-details-marker]:hidden">
          <ChevronRight
            aria-hidden
            className="mt-0.5 size-4 shrink-0 text-ink-3 transition-transform group-open:rotate-90"
          />
          <span className="min-w-0 flex-1">
            <span className="[overflow-wrap:anywhere]">{line.description}</span>
            {price !== '' && <span className="block text-xs text-ink-3">{price}</span>}
          </span>
          <span className="shrink-0 font-medium">{formatSum(line.amount, currency)}</span>
        </summary>
        <LineDetails line={line} invoiceId={id} number={number} currency={currency} hasFiles={hasFiles} />
      </details>
    </li>
  );
}
