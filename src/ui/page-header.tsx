import { type ReactNode } from 'react';

/** The head of a page: its name, one sentence about it, and what can be done here. */
export function PageHeader({ title, note, actions }: { title: string; note?: ReactNode; actions?: ReactNode }) {
  return (
    <header className="mb-5 flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
      <div className="min-w-0">
        <h1 className="text-lg font-semibold tracking-[-0.01em] text-balance">{title}</h1>
        {note !== undefined && <div className="text-sm text-ink-3">{note}</div>}
      </div>
      {actions !== undefined && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
    </header>
  );
}
