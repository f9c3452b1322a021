import { type ReactNode } from 'react';
import { Notice } from '@/ui/notice';

/** What is said when a link was asked for, whatever stands behind the address. */
export function MailSent({
  children,
  mailStaysInOutbox,
}: {
  children: ReactNode;
  /** Nothing sends the mail on: an administrator can read it. */
  mailStaysInOutbox: boolean;
}) {
  return (
    <>
      <Notice tone="good" role="status">
        {children}
      </Notice>
      <p className="text-xs text-ink-3">
        {mailStaysInOutbox
          ? 'No mail server is configured: mail stays in the outbox, which an administrator can read under Outbox.'
          : 'The link is good for an hour. If no mail comes, look among the unwanted ones; of several, the newest is good.'}
      </p>
    </>
  );
}
