import { type Role } from '@/accounts/contracts';
import { type SqlExecutor } from '@/db';

/** What is told of an alert to the channels of its rule. */
export interface AlertNotice {
  organizationId: string;
  /** Names the occurrence: a second notice of the same key is ignored. At most 200 characters. */
  key: string;
  type: 'alert.raised' | 'alert.resolved';
  occurredAt: Date;
  data: Record<string, string | null>;
  mail: {
    subject: string;
    paragraphs: string[];
    buttons: { label: string; url: string }[];
    to: { roles: Role[] } | { addresses: string[] };
    vital: boolean;
  } | null;
  webhooks: 'subscribed' | { endpointIds: string[] } | null;
}

/** Puts a notice into an outbox, in the transaction of `executor`. */
export type Notify = (notice: AlertNotice, executor: SqlExecutor) => Promise<void>;
