import { type ComponentProps, type ReactNode } from 'react';
import { cx } from './cx';

/**
 * A table that scrolls inside itself when the screen is narrower than it. The frame can be reached with the keyboard, which is
 * the only way to scroll it without a pointer.
 */
export function Table({
  label,
  bounded = false,
  className,
  children,
}: {
  label: string;
  /** Long tables scroll downwards inside their frame as well; the head stays in view. */
  bounded?: boolean;
  className?: string;
  children: ReactNode;
}) {
  return (
    // Positioned, so that what is hidden inside it scrolls with it instead of widening the page.
    <div
      role="region"
      aria-label={label}
      tabIndex={0}
      className={cx('relative focus-visible:-outline-offset-2', bounded ? 'max-h-80 overflow-auto' : 'overflow-x-auto')}
    >
      <table className={cx('w-full border-collapse text-sm', className)}>
        <caption className="sr-only">{label}</caption>
        {children}
      </table>
    </div>
  );
}

const alignment = (align: 'left' | 'right') => (align === 'right' ? 'text-right' : 'text-left');

export function Th({ align, className, ...rest }: Omit<ComponentProps<'th'>, 'align'> & { align?: 'left' | 'right' }) {
  return (
    <th
      scope="col"
      {...rest}
      className={cx(
        'h-8 px-2 text-xs font-medium whitespace-nowrap text-ink-3 first:pl-4 last:pr-4',
        alignment(align ?? 'left'),
        className,
      )}
    />
  );
}

export function Td({ align, className, ...rest }: Omit<ComponentProps<'td'>, 'align'> & { align?: 'left' | 'right' }) {
  return (
    <td
      {...rest}
      className={cx('h-9 px-2 py-1 whitespace-nowrap first:pl-4 last:pr-4', alignment(align ?? 'left'), className)}
    />
  );
}

/** A row that starts with a line and answers to the pointer. */
export const Tr = ({ className, ...rest }: ComponentProps<'tr'>) => (
  <tr {...rest} className={cx('border-t transition-colors hover:bg-canvas dark:hover:bg-sunken/50', className)} />
);
