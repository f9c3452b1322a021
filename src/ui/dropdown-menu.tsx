'use client';

import { DropdownMenu as Primitive } from 'radix-ui';
import { type ComponentProps, type ReactNode, useState } from 'react';
import { cx } from './cx';

const LANDMARKS = 'main, aside, header, [role="dialog"]';

/** A menu that opens from a button. It is drawn inside the landmark of its button, where a screen reader looks for it. */
export function DropdownMenu({
  trigger,
  align = 'end',
  side = 'bottom',
  children,
}: {
  /** One element that takes a ref, usually a Button. */
  trigger: ReactNode;
  align?: 'start' | 'end';
  side?: 'top' | 'bottom';
  children: ReactNode;
}) {
  const [button, setButton] = useState<HTMLButtonElement | null>(null);
  return (
    // Not modal: the page behind stays readable, and scrolls.
    <Primitive.Root modal={false}>
      <Primitive.Trigger asChild ref={setButton}>
        {trigger}
      </Primitive.Trigger>
      <Primitive.Portal container={button?.closest<HTMLElement>(LANDMARKS)}>
        <Primitive.Content
          align={align}
          side={side}
          sideOffset={6}
          collisionPadding={8}
          className="z-50 max-h-(--radix-dropdown-menu-content-available-height) max-w-72 min-w-48 animate-appear overflow-y-auto rounded-lg bg-raised p-1 shadow-high"
        >
          {children}
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}

const ITEM = cx(
  'flex min-h-8 w-full min-w-0 items-center gap-2 rounded-md px-2 text-sm text-ink outline-none select-none pointer-coarse:min-h-10',
  'data-highlighted:bg-sunken data-disabled:opacity-50 [&>svg]:size-4 [&>svg]:shrink-0 [&>svg]:text-ink-3',
);

export function MenuItem({ danger, className, ...rest }: ComponentProps<typeof Primitive.Item> & { danger?: boolean }) {
  return <Primitive.Item {...rest} className={cx(ITEM, danger && 'text-bad [&>svg]:text-bad', className)} />;
}

export const MenuLabel = ({ children }: { children: ReactNode }) => (
  <Primitive.Label className="truncate px-2 pt-1.5 pb-1 text-2xs font-medium text-ink-3">{children}</Primitive.Label>
);

export const MenuSeparator = () => <Primitive.Separator className="-mx-1 my-1 h-px bg-line" />;
