/** A message in the outbox, as the platform's admins see it. */
export interface OutboxMessageView {
  id: string;
  recipient: string;
  subject: string;
  body_text: string;
  created_at: string;
  /** Null while it waits, and for good where no mail server is configured. */
  sent_at: string | null;
  attempts: number;
  last_error: string | null;
}
