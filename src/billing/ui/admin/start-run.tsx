'use client';

import { useState } from 'react';
import { type BillingRunView } from '@/billing/contracts';
import { Button } from '@/ui/button';
import { ConfirmDialog } from '@/ui/confirm-dialog';
import { startRun } from './admin-billing-api';

const QUESTIONS = {
  bill: {
    title: 'Bill everybody now?',
    confirm: 'Run now',
    says: [
      'Every organization whose period is over gets its invoice: it is numbered and handed over, and cannot be taken back but by a credit note.',
      'Payments that are overdue are taken up too: owners are told, and who has not paid for too long is restricted.',
    ],
  },
  dry: {
    title: 'Price what is due?',
    confirm: 'Dry run',
    says: [
      'The next period of everybody who is due is priced, to see what it comes to and what would fail. Nothing is written, and nobody is told.',
    ],
  },
} as const;

/** The two ways to begin a run, each after saying what it will do. */
export function StartRun({
  isRunning,
  onStarted,
}: {
  /** One runs at a time; a dry run may run beside it. */
  isRunning: boolean;
  onStarted: (run: BillingRunView) => void;
}) {
  const [asked, setAsked] = useState<keyof typeof QUESTIONS | null>(null);
  const question = asked && QUESTIONS[asked];
  return (
    <>
      <Button onClick={() => setAsked('dry')}>Dry run</Button>
      <Button variant="primary" disabled={isRunning} onClick={() => setAsked('bill')}>
        Run now
      </Button>
      {question && (
        <ConfirmDialog
          open
          onOpenChange={() => setAsked(null)}
          title={question.title}
          confirmLabel={question.confirm}
          tone="primary"
          onConfirm={async () => onStarted(await startRun(asked === 'dry'))}
        >
          {question.says.map((sentence) => (
            <p key={sentence}>{sentence}</p>
          ))}
        </ConfirmDialog>
      )}
    </>
  );
}
