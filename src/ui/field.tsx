'use client';

import { type ComponentProps, type ReactNode, useId } from 'react';
import { cx } from './cx';

const CONTROL = cx(
  'w-full min-w-0 rounded-md border border-line-strong bg-surface text-sm shadow-lift transition-colors',
  'hover:border-ink-3 focus-visible:border-accent focus-visible:outline-offset-0',
  'aria-invalid:border-bad disabled:cursor-not-allowed disabled:opacity-60 [&[readonly]]:bg-sunken',
  // Below 16 px a phone zooms into the field.
  'max-sm:text-[16px]',
);
export const INPUT = cx(CONTROL, 'h-8 px-2.5 pointer-coarse:h-10');

interface FieldProps {
  label: string;
  hint?: ReactNode;
  /** What is wrong with the value, in words. Announced when it appears. */
  error?: string | undefined;
  /** The label is read out but not shown: the place says it. */
  hideLabel?: boolean;
  className?: string;
}

interface Wiring {
  id: string;
  'aria-describedby': string | undefined;
  'aria-invalid': true | undefined;
}

/** A label, a control, a hint and an error, tied together for assistive technology. */
export function Field({
  label,
  hint,
  error,
  hideLabel,
  className,
  children,
}: FieldProps & { children: (wiring: Wiring) => ReactNode }) {
  const id = useId();
  const described = [error && `${id}-error`, hint !== undefined && `${id}-hint`].filter(Boolean).join(' ');
  return (
    <div className={cx('min-w-0', className)}>
      <label htmlFor={id} className={cx('mb-1 block text-xs font-medium text-ink-2', hideLabel && 'sr-only')}>
        {label}
      </label>
      {children({ id, 'aria-describedby': described || undefined, 'aria-invalid': error ? true : undefined })}
      <div aria-live="polite">
        {error && (
          <p id={`${id}-error`} className="mt-1 text-xs text-bad">
            {error}
          </p>
        )}
      </div>
      {hint !== undefined && (
        <p id={`${id}-hint`} className="mt-1 text-xs text-ink-3">
          {hint}
        </p>
      )}
    </div>
  );
}

const splitField = <P extends FieldProps>({ label, hint, error, hideLabel, className, ...control }: P) => ({
  field: { label, hint, error, hideLabel, className },
  control,
});

/** One line of text. */
export function TextField(props: FieldProps & ComponentProps<'input'>) {
  const { field, control } = splitField(props);
  return <Field {...field}>{(wiring) => <input {...control} {...wiring} className={INPUT} />}</Field>;
}

/** Several lines of text. */
export function TextAreaField(props: FieldProps & ComponentProps<'textarea'>) {
  const { field, control } = splitField(props);
  return (
    <Field {...field}>
      {(wiring) => <textarea rows={2} {...control} {...wiring} className={cx(CONTROL, 'px-2.5 py-1.5')} />}
    </Field>
  );
}
