'use client';

import { Menu, X } from 'lucide-react';
import { Dialog } from 'radix-ui';
import { type ReactNode, useState } from 'react';
import { Button } from '../button';
import { OVERLAY } from '../dialog';
import { Logo } from '../logo';
import { type NavItem, NavList } from './nav-list';

/** The navigation of small screens: a bar that stays, and a sheet that comes from the left. */
export function MobileNav({ items, top, bottom }: { items: readonly NavItem[]; top: ReactNode; bottom: ReactNode }) {
  const [open, setOpen] = useState(false);
  return (
    <header className="sticky top-0 z-30 flex h-12 items-center justify-between border-b bg-canvas px-4 lg:hidden">
      <Logo />
      <Dialog.Root open={open} onOpenChange={setOpen}>
        <Dialog.Trigger asChild>
          <Button variant="ghost" size="icon" aria-label="Open the menu">
            <Menu aria-hidden className="size-4.5" />
          </Button>
        </Dialog.Trigger>
        <Dialog.Portal>
          <Dialog.Overlay className={OVERLAY} />
          <Dialog.Content
            aria-describedby={undefined}
            className="fixed inset-y-0 left-0 z-50 flex w-[min(18rem,85vw)] animate-slide-in flex-col bg-canvas px-3 py-3 shadow-high"
          >
            <div className="flex items-center justify-between px-2 pb-3">
              <Dialog.Title>
                <Logo />
              </Dialog.Title>
              <Dialog.Close asChild>
                <Button variant="ghost" size="icon" aria-label="Close the menu">
                  <X aria-hidden className="size-4.5" />
                </Button>
              </Dialog.Close>
            </div>
            {top}
            <NavList items={items} onFollow={() => setOpen(false)} />
            <div className="mt-auto">{bottom}</div>
          </Dialog.Content>
        </Dialog.Portal>
      </Dialog.Root>
    </header>
  );
}
