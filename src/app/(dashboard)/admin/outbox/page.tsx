import { Inbox } from 'lucide-react';
import { type Metadata } from 'next';
import { notFound } from 'next/navigation';
import { requirePageSession, services } from '@/container';
import { Card } from '@/ui/card';
import { EmptyState } from '@/ui/empty-state';
import { PageHeader } from '@/ui/page-header';
import { OutboxMessage } from './outbox-message';

export const metadata: Metadata = { title: 'Outbox' };

const SHOWN = 50;

export default async function OutboxPage() {
  const { isPlatformAdmin } = await requirePageSession();
  if (!isPlatformAdmin) notFound();
  const { mailer, env } = services();
  const messages = await mailer.recent(SHOWN);
  return (
    <>
      <PageHeader
        title="Outbox"
        note={
          env.SMTP_URL
            ? `The last ${SHOWN} messages of this installation.`
            : 'No mail server is configured (SMTP_URL): messages stay here, with their links.'
        }
      />
      <Card className="max-w-4xl">
        {messages.length === 0 ? (
          <EmptyState icon={Inbox} title="No mail yet">
            Invitations and password links appear here.
          </EmptyState>
        ) : (
          <ul>
            {messages.map((message) => (
              <OutboxMessage key={message.id} message={message} />
            ))}
          </ul>
        )}
      </Card>
    </>
  );
}
