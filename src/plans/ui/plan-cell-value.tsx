import { Check, Minus } from 'lucide-react';
import { type PlanCell } from './plan-rows';

/** What one plan says in one row of a comparison. */
export function PlanCellValue({ cell }: { cell: PlanCell }) {
  if (typeof cell === 'boolean') {
    const Icon = cell ? Check : Minus;
    return (
      <>
        <Icon aria-hidden className={cell ? 'size-4 text-good' : 'size-4 text-ink-3'} />
        <span className="sr-only">{cell ? 'Included' : 'Not included'}</span>
      </>
    );
  }
  return (
    <>
      <span className="font-medium">{cell.text}</span>
      {cell.note !== undefined && <span className="block text-xs text-balance text-ink-3">{cell.note}</span>}
    </>
  );
}
