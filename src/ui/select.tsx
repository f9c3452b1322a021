'use client';

import { ChevronDown } from 'lucide-react';
import { type ComponentProps } from 'react';
import { cx } from './cx';
import { Field, INPUT } from './field';

interface Option {
  value: string;
  label: string;
}

interface SelectProps extends Omit<ComponentProps<'select'>, 'className' | 'children'> {
  label: string;
  options: readonly Option[];
  hint?: string;
  error?: string | undefined;
  hideLabel?: boolean;
  className?: string;
}

/** A choice of one among few. The platform's own control: phones show their picker, keyboards just work. */
export function Select({ label, options, hint, error, hideLabel, className, ...rest }: SelectProps) {
  return (
    <Field label={label} hint={hint} error={error} hideLabel={hideLabel} className={className}>
      {(wiring) => (
        <span className="relative block">
          <select {...rest} {...wiring} className={cx(INPUT, 'appearance-none pr-7')}>
            {options.map((option) => (
              <option key={option.value} value={option.value} className="bg-raised text-ink">
                {option.label}
              </option>
            ))}
          </select>
          <ChevronDown
            aria-hidden
            className="pointer-events-none absolute top-1/2 right-2 size-3.5 -translate-y-1/2 text-ink-3"
          />
        </span>
      )}
    </Field>
  );
}
