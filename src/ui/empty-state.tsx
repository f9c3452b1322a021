import { type LucideIcon } from 'lucide-react';
import { type ReactNode } from 'react';

/** What stands where there is nothing yet: what will be here, and how to get it. */
export function EmptyState({ icon: Icon, title, children }: { icon: LucideIcon; title: string; children?: ReactNode }) {
  return (
    <div className="flex flex-col items-center px-6 py-12 text-center">
      <div className="mb-3 grid size-9 place-items-center rounded-lg border bg-canvas text-ink-3">
        <Icon aria-hidden className="size-4.5" />
      </div>
      <p className="text-base font-semibold">{title}</p>
      <div className="mt-1 flex w-full max-w-xl flex-col items-center gap-4 text-sm text-ink-3">{children}</div>
    </div>
  );
}
