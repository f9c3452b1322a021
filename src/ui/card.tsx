import { type ReactNode } from 'react';
import { cx } from './cx';

/** A panel of the page. With a title it is a landmark that a screen reader can jump to. */
export function Card({
  title,
  note,
  actions,
  footer,
  className,
  children,
}: {
  title?: ReactNode;
  /** Said in a low voice beside the title. */
  note?: ReactNode;
  actions?: ReactNode;
  footer?: ReactNode;
  className?: string;
  children: ReactNode;
}) {
  return (
    <section className={cx('min-w-0 overflow-hidden rounded-xl border bg-surface shadow-lift', className)}>
      {title !== undefined && (
        <header className="flex min-h-11 flex-wrap items-center justify-between gap-x-4 gap-y-1 px-4 py-2">
          <div className="flex min-w-0 flex-wrap items-baseline gap-x-2">
            <h2 className="text-sm font-semibold">{title}</h2>
            {note !== undefined && <p className="text-xs text-ink-3">{note}</p>}
          </div>
          {actions !== undefined && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
        </header>
      )}
      {children}
      {footer !== undefined && (
        <footer className="flex flex-wrap items-center justify-between gap-3 border-t bg-canvas px-4 py-2.5 text-xs text-ink-3">
          {footer}
        </footer>
      )}
    </section>
  );
}
