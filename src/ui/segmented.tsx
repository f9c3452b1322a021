'use client';

import { useId } from 'react';
import { cx } from './cx';

/** A choice of one among a handful, all of them in view. Native radio buttons underneath: arrow keys move the choice. */
export function Segmented<V extends string>({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: V;
  options: readonly { value: V; label: string; title?: string }[];
  onChange: (value: V) => void;
}) {
  const name = useId();
  return (
    <div
      role="radiogroup"
      aria-label={label}
      className="inline-flex h-8 items-stretch gap-0.5 rounded-md border bg-sunken p-0.5 pointer-coarse:h-10"
    >
      {options.map((option) => (
        <label
          key={option.value}
          title={option.title}
          className={cx(
            'relative flex cursor-pointer items-center rounded-sm px-2.5 text-xs font-medium whitespace-nowrap text-ink-2 transition-colors hover:text-ink',
            'has-checked:bg-surface has-checked:text-ink has-checked:shadow-lift dark:has-checked:bg-line-strong',
            'has-focus-visible:outline-2 has-focus-visible:outline-offset-1 has-focus-visible:outline-accent',
          )}
        >
          <input
            type="radio"
            name={name}
            value={option.value}
            checked={option.value === value}
            aria-label={option.title}
            onChange={() => onChange(option.value)}
            className="absolute inset-0 cursor-pointer appearance-none opacity-0"
          />
          {option.label}
        </label>
      ))}
    </div>
  );
}
