import { type SqlExecutor } from '@/db';
import { type Notice } from '@/notifications/contracts';

/** What is told of an alert to the channels of its rule. */
export type AlertNotice = Notice;

/** Puts a notice into an outbox, in the transaction of `executor`. */
export type Notify = (notice: AlertNotice, executor: SqlExecutor) => Promise<void>;
