'use client';

import { Scale } from 'lucide-react';
import Link from 'next/link';
import { useState } from 'react';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { cx } from '@/ui/cx';
import { EmptyState } from '@/ui/empty-state';
import { formatSum } from '@/ui/format-money';
import { formatExact } from '@/ui/format-number';
import { Notice } from '@/ui/notice';
import { Segmented } from '@/ui/segmented';
import { Table, Td, Th, Tr } from '@/ui/table';
import { INVOICES_PAGE } from './admin-billing-header';
import { rowsOf, type Shown, type Simulated, type SimulatedRow } from './simulated';
import { differenceWords, SimulationTotals } from './simulation-totals';

const PAGE = 100;
const CHOICES = [
  { value: 'all', label: 'All' },
  { value: 'more', label: 'Pay more' },
  { value: 'less', label: 'Pay less' },
  { value: 'same', label: 'The same' },
] as const satisfies { value: Shown; label: string }[];

/** Who would have paid what. */
export function SimulationResult({ simulated, isWhole }: { simulated: Simulated; isWhole: boolean }) {
  const [shown, setShown] = useState<Shown>('all');
  const [count, setCount] = useState(PAGE);
  const { data, failed, totals } = simulated;
  const rows = rowsOf(simulated, shown);
  if (data.length === 0 && failed.length === 0)
    return isWhole ? (
      <Card title="Result">
        <div className="border-t">
          <EmptyState icon={Scale} title="Nobody to price">
            <p>No billing period of anybody on this plan began in that time.</p>
          </EmptyState>
        </div>
      </Card>
    ) : null;
  return (
    <Card title="Result" note={isWhole ? undefined : 'so far'}>
      {totals.map((one) => (
        <SimulationTotals key={one.currency} totals={one} />
      ))}
      {failed.length > 0 && <Failed failed={failed} />}
      {data.length > 0 && (
        <>
          <div className="overflow-x-auto border-t px-4 py-2.5">
            <Segmented label="Whom to show" value={shown} options={CHOICES} onChange={setShown} />
          </div>
          {rows.length === 0 ? (
            <p className="border-t px-4 py-6 text-center text-sm text-ink-3">Nobody.</p>
          ) : (
            <Rows rows={rows.slice(0, count)} />
          )}
          {rows.length > count && (
            <div className="border-t px-2 py-1.5">
              <Button variant="ghost" size="sm" onClick={() => setCount(count + PAGE)}>
                Show {formatExact(Math.min(PAGE, rows.length - count))} more of {formatExact(rows.length)}
              </Button>
            </div>
          )}
        </>
      )}
    </Card>
  );
}

const Failed = ({ failed }: { failed: Simulated['failed'] }) => (
  <div className="border-t px-4 py-3">
    <Notice tone="warn">
      <p className="font-medium">
        {failed.length === 1 ? 'One organization' : `${formatExact(failed.length)} organizations`} could not be priced,
        and {failed.length === 1 ? 'is' : 'are'} in no sum.
      </p>
      <ul className="mt-1 max-h-48 space-y-1 overflow-y-auto" tabIndex={0} aria-label="What could not be priced">
        {failed.map(({ organization_id, organization_name, reason }) => (
          <li key={organization_id}>
            {organization_name}: <span className="text-ink-2">{reason}</span>
          </li>
        ))}
      </ul>
    </Notice>
  </div>
);

const Rows = ({ rows }: { rows: readonly SimulatedRow[] }) => (
  <div className="border-t">
    <Table label="What each organization would have paid">
      <thead>
        <tr>
          <Th>Organization</Th>
          <Th align="right" className="max-sm:hidden">
            Periods
          </Th>
          <Th align="right" className="max-sm:hidden">
            Old
          </Th>
          <Th align="right" className="max-sm:hidden">
            New
          </Th>
          <Th align="right">Difference</Th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Tr key={row.organization_id}>
            <Td className="max-w-40 py-2 sm:max-w-72">
              <Link
                href={`${INVOICES_PAGE}?organization=${row.organization_id}`}
                title={row.organization_name}
                className="block truncate hover:underline"
              >
                {row.organization_name}
              </Link>
              <span className="block text-xs text-ink-3 sm:hidden">
                {formatSum(row.old, row.currency)} → {formatSum(row.new, row.currency)}
              </span>
            </Td>
            <Td align="right" className="text-ink-2 max-sm:hidden">
              {row.periods}
            </Td>
            <Td align="right" className="max-sm:hidden">
              {formatSum(row.old, row.currency)}
            </Td>
            <Td align="right" className="max-sm:hidden">
              {formatSum(row.new, row.currency)}
            </Td>
            <Td
              align="right"
              className={cx(
                'font-medium',
                row.difference_minor > 0 && 'text-bad',
                row.difference_minor < 0 && 'text-good',
                row.difference_minor === 0 && 'text-ink-3',
              )}
            >
              {differenceWords(row)}
            </Td>
          </Tr>
        ))}
      </tbody>
    </Table>
  </div>
);
