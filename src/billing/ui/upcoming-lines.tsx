'use client';

import { useState } from 'react';
import { type UpcomingInvoiceLine } from '@/billing/contracts';
import { Button } from '@/ui/button';
import { cx } from '@/ui/cx';
import { formatSum } from '@/ui/format-money';
import { formatExact } from '@/ui/format-number';
import { formatExactQuantity } from '@/ui/format-quantity';
import { Table, Td, Th, Tr } from '@/ui/table';
import { type UpcomingRow } from './upcoming-rows';

interface LinesProps {
  rows: readonly UpcomingRow[];
  currency: string;
}

/** The lines of the next invoice: a table where there is room, else a list. What costs nothing is shown on demand. */
export function UpcomingLines({ rows, currency }: LinesProps) {
  const [all, setAll] = useState(false);
  const free = rows.filter((row) => row.free).length;
  const shown = all || free === rows.length ? rows : rows.filter((row) => !row.free);
  return (
    <>
      <div className="hidden border-t md:block">
        <LineTable rows={shown} currency={currency} />
      </div>
      <div className="border-t md:hidden">
        <LineList rows={shown} currency={currency} />
      </div>
      {free > 0 && free < rows.length && (
        <div className="border-t px-2 py-1.5">
          <Button variant="ghost" size="sm" aria-expanded={all} onClick={() => setAll(!all)}>
            {all ? 'Show only what costs something' : `Show ${free} more that ${free === 1 ? 'costs' : 'cost'} nothing`}
          </Button>
        </div>
      )}
    </>
  );
}

const NONE = <span className="text-ink-3">–</span>;
const sumOf = (line: UpcomingInvoiceLine | null, currency: string) => (line ? formatSum(line.amount, currency) : NONE);

const includedWords = ({ kind, quantity, included }: UpcomingInvoiceLine) =>
  quantity === null || kind === 'adjustment' ? NONE : included === null ? 'Unlimited' : formatExact(included);

const LineTable = ({ rows, currency }: LinesProps) => (
  <Table label="Lines of the next invoice">
    <thead>
      <tr>
        <Th>Description</Th>
        <Th align="right">Used</Th>
        <Th align="right">Included</Th>
        <Th align="right">Overage</Th>
        <Th align="right">So far</Th>
        <Th align="right">Projected</Th>
      </tr>
    </thead>
    <tbody>
      {rows.map(({ key, name, note, now, then }) => {
        const line = now ?? then;
        if (!line) return null;
        return (
          <Tr key={key}>
            <Td className="py-2 whitespace-normal">
              <span className="[overflow-wrap:anywhere]">{name}</span>
              {note !== null && <span className="block text-xs text-ink-3">{note}</span>}
            </Td>
            <Td align="right">
              {now === null || now.quantity === null ? NONE : formatExactQuantity(now.quantity, now.unit ?? '')}
            </Td>
            <Td align="right" className="text-ink-2">
              {includedWords(line)}
            </Td>
            <Td align="right">
              {now === null || now.overage === null || Number(now.overage) === 0 ? NONE : formatExact(now.overage)}
            </Td>
            <Td align="right" className="font-medium">
              {sumOf(now, currency)}
            </Td>
            <Td align="right" className="text-ink-2">
              {sumOf(then, currency)}
              {then !== null && then.quantity !== null && then.quantity !== now?.quantity && (
                <span className="block text-xs text-ink-3">{formatExactQuantity(then.quantity, then.unit ?? '')}</span>
              )}
            </Td>
          </Tr>
        );
      })}
    </tbody>
  </Table>
);

function usageWords({ quantity, unit, included, overage }: UpcomingInvoiceLine): string | null {
  if (quantity === null) return null;
  const allowed = included === null ? 'unlimited' : `${formatExact(included)} included`;
  const over = overage !== null && Number(overage) > 0 ? `, ${formatExact(overage)} over` : '';
  return `${formatExactQuantity(quantity, unit ?? '')}, ${allowed}${over}`;
}

const LineList = ({ rows, currency }: LinesProps) => (
  <ul aria-label="Lines of the next invoice">
    {rows.map(({ key, name, note, now, then }, place) => {
      const line = now ?? then;
      if (!line) return null;
      return (
        <li key={key} className={cx('flex items-start justify-between gap-4 px-4 py-2.5', place > 0 && 'border-t')}>
          <div className="min-w-0">
            <p className="[overflow-wrap:anywhere]">{name}</p>
            {note !== null && <p className="text-xs text-ink-3">{note}</p>}
            {usageWords(line) !== null && <p className="text-xs text-ink-3">{usageWords(line)}</p>}
          </div>
          <div className="shrink-0 text-right">
            <p className="font-medium">{sumOf(now, currency)}</p>
            {then !== null && then.amount !== now?.amount && (
              <p className="text-xs text-ink-3">{formatSum(then.amount, currency)} projected</p>
            )}
          </div>
        </li>
      );
    })}
  </ul>
);
