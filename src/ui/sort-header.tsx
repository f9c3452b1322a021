'use client';

import { ArrowDown, ArrowUp } from 'lucide-react';
import { cx } from './cx';
import { Th } from './table';

export interface Sort<K extends string> {
  key: K;
  direction: 'ascending' | 'descending';
}

/** A column head that sorts: the first press puts the largest on top, the next one the smallest. */
export function SortHeader<K extends string>({
  column,
  sort,
  onSort,
  align = 'right',
  children,
}: {
  column: K;
  sort: Sort<K>;
  onSort: (sort: Sort<K>) => void;
  align?: 'left' | 'right';
  children: string;
}) {
  const active = sort.key === column;
  const Arrow = active && sort.direction === 'ascending' ? ArrowUp : ArrowDown;
  return (
    <Th align={align} aria-sort={active ? sort.direction : undefined}>
      <button
        type="button"
        onClick={() =>
          onSort({ key: column, direction: active && sort.direction === 'descending' ? 'ascending' : 'descending' })
        }
        className={cx(
          'group inline-flex min-h-6 items-center gap-0.5 rounded-sm hover:text-ink',
          align === 'right' && 'flex-row-reverse',
          active && 'text-ink',
        )}
      >
        {children}
        <Arrow
          aria-hidden
          className={cx(
            'size-3 opacity-0 group-hover:opacity-60 group-focus-visible:opacity-60',
            active && 'opacity-100',
          )}
        />
      </button>
    </Th>
  );
}

/** The rows in the order asked for; rows without a value come last in either direction. */
export function sortRows<R>(rows: readonly R[], valueOf: (row: R) => number | string | null, sort: Sort<string>): R[] {
  const sign = sort.direction === 'ascending' ? 1 : -1;
  return [...rows].sort((a, b) => {
    const x = valueOf(a);
    const y = valueOf(b);
    if (x === null || y === null) return Number(x === null) - Number(y === null);
    return sign * (typeof x === 'string' || typeof y === 'string' ? String(x).localeCompare(String(y)) : x - y);
  });
}
