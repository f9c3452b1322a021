'use client';

import { AlertDialog } from 'radix-ui';
import { type ReactNode } from 'react';
import { Button } from './button';
import { DialogFooter, OVERLAY, PANEL } from './dialog';
import { FormProblem } from './form';
import { useAction } from './use-action';

/**
 * Asks before something that cannot be taken back, or has a price. The focus starts on Cancel; the action runs once however often its
 * button is pressed, and the window stays open with the reason when it fails.
 */
export function ConfirmDialog({
  open,
  onOpenChange,
  title,
  confirmLabel,
  tone = 'danger',
  onConfirm,
  children,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  confirmLabel: string;
  /** `danger`: something is lost by it. */
  tone?: 'danger' | 'primary';
  onConfirm: () => Promise<void>;
  children: ReactNode;
}) {
  const confirm = useAction(async () => {
    await onConfirm();
    onOpenChange(false);
  });
  const change = (next: boolean) => {
    confirm.reset();
    onOpenChange(next);
  };
  return (
    <AlertDialog.Root open={open} onOpenChange={change}>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className={OVERLAY} />
        <AlertDialog.Content className={PANEL}>
          <div tabIndex={0} className="space-y-3 overflow-y-auto px-5 pt-4 pb-5 focus-visible:-outline-offset-2">
            <AlertDialog.Title className="text-base font-semibold">{title}</AlertDialog.Title>
            <AlertDialog.Description asChild>
              <div className="space-y-2 text-sm text-ink-2 [overflow-wrap:anywhere]">{children}</div>
            </AlertDialog.Description>
          </div>
          {confirm.problem && (
            // In view however long the question is.
            <div className="max-h-40 shrink-0 overflow-y-auto px-5 pb-3">
              <FormProblem problem={confirm.problem} />
            </div>
          )}
          <DialogFooter>
            <AlertDialog.Cancel asChild>
              <Button>Cancel</Button>
            </AlertDialog.Cancel>
            <Button variant={tone} pending={confirm.pending} onClick={() => void confirm.run()}>
              {confirmLabel}
            </Button>
          </DialogFooter>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
