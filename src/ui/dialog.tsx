'use client';

import { X } from 'lucide-react';
import { Dialog as Primitive } from 'radix-ui';
import { type ReactNode } from 'react';
import { Button } from './button';
import { cx } from './cx';

export const OVERLAY = 'fixed inset-0 z-40 bg-overlay';
export const PANEL = cx(
  'fixed top-1/2 left-1/2 z-50 flex max-h-[min(92dvh,44rem)] w-[calc(100vw-2rem)] max-w-lg -translate-x-1/2 -translate-y-1/2 animate-appear flex-col',
  'overflow-hidden rounded-xl bg-raised shadow-high focus:outline-none',
);

/** A window over the page for one task. The focus stays inside and goes back where it came from. */
export function Dialog({
  open,
  onOpenChange,
  title,
  description,
  lasting = false,
  children,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description: ReactNode;
  /** Closed only by its own buttons: what it shows would be lost by a stray click. */
  lasting?: boolean;
  children: ReactNode;
}) {
  const hold = (event: Event) => {
    if (lasting) event.preventDefault();
  };
  return (
    <Primitive.Root open={open} onOpenChange={onOpenChange}>
      <Primitive.Portal>
        <Primitive.Overlay className={OVERLAY} />
        <Primitive.Content className={PANEL} onInteractOutside={hold} onEscapeKeyDown={hold}>
          <header className="flex items-start justify-between gap-4 px-5 pt-4 pb-3">
            <div className="min-w-0">
              <Primitive.Title className="text-base font-semibold">{title}</Primitive.Title>
              <Primitive.Description className="mt-0.5 text-sm text-ink-3">{description}</Primitive.Description>
            </div>
            {!lasting && (
              <Primitive.Close asChild>
                <Button variant="ghost" size="icon" aria-label="Close" className="-mt-0.5 -mr-1.5">
                  <X aria-hidden className="size-4" />
                </Button>
              </Primitive.Close>
            )}
          </header>
          {children}
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}

/** The part of a dialog that scrolls. */
export const DialogBody = ({ children }: { children: ReactNode }) => (
  <div className="min-h-0 flex-1 space-y-4 overflow-y-auto px-5 pt-1 pb-5">{children}</div>
);

/** The dialog's buttons: the one that goes on stands last. */
export const DialogFooter = ({ children }: { children: ReactNode }) => (
  <footer className="flex flex-wrap justify-end gap-2 border-t bg-canvas px-5 py-3 dark:bg-surface">{children}</footer>
);
