'use client';

import { Check } from 'lucide-react';
import { type ReactNode } from 'react';

/** A yes or no with its words beside it. */
export function Checkbox({
  checked,
  onChange,
  children,
}: {
  checked: boolean;
  onChange: (checked: boolean) => void;
  children: ReactNode;
}) {
  return (
    <label className="flex min-h-7 w-fit cursor-pointer items-center gap-2 text-sm text-ink-2 pointer-coarse:min-h-9">
      <span className="relative grid size-4 shrink-0 place-items-center">
        <input
          type="checkbox"
          checked={checked}
          onChange={(event) => onChange(event.target.checked)}
          className="peer size-4 cursor-pointer appearance-none rounded-sm border border-ink-3 bg-surface checked:border-inverse checked:bg-inverse"
        />
        <Check
          aria-hidden
          strokeWidth={3}
          className="pointer-events-none absolute size-3 text-on-inverse opacity-0 peer-checked:opacity-100"
        />
      </span>
      <span className="min-w-0">{children}</span>
    </label>
  );
}
