/**
 * Mail through an outbox: a message is a row written with the change it tells of, and a later run hands it to the mail
 * server. It is sent at least once; a repetition carries the same Message-ID. Without a mail server it is only kept.
 */
import { type Pool } from 'pg';
import { inTransaction, type SqlExecutor } from '@/db';
import { type Clock } from '@/kernel/clock';
import { AppError } from '@/kernel/errors';
import { type OutboxMessageView } from './contracts';
import { type MailTransport } from './mail-transport';
import {
  insertMessage,
  listRecentMessages,
  markFailed,
  markSent,
  type Message,
  removeOldMessages,
  takeDueMessage,
} from './outbox-store';

export interface Mailer {
  /**
   * Writes a message to the outbox; given the executor of a transaction, it is sent only if that commits.
   * @throws AppError internal unless it goes to one address.
   */
  send(message: Message, executor?: SqlExecutor): Promise<void>;
  /** Hands over what is due, `limit` messages at most. Several processes may do so at once. */
  deliver(limit: number): Promise<{ sent: number; failed: number }>;
  /**
   * Cuts the links of messages that were written more than seven days ago, when the last of them is over, and removes messages
   * of more than 90 days ago; resolves to how many. What was sent lost its links when it was.
   */
  removeOld(): Promise<number>;
  /** The newest messages, sent or not, for the platform's admins. */
  recent(limit: number): Promise<OutboxMessageView[]>;
}

const ONE_ADDRESS = /^[^\s,;:<>"()]+@[^\s,;:<>"()@]+$/;

interface Options {
  pool: Pool;
  /** Null: there is no mail server, messages stay in the outbox. */
  transport: MailTransport | null;
  /** Sender, e.g. Tollgate <billing@example.com>. */
  from: string;
  clock: Clock;
}

export function createMailer({ pool, transport, from, clock }: Options): Mailer {
  /** One message per transaction, so that a process killed in the middle repeats one message at most. */
  const deliverOne = (server: MailTransport): Promise<'none' | 'sent' | 'failed'> =>
    inTransaction(pool, async (client) => {
      const message = await takeDueMessage(client, clock.now());
      if (!message) return 'none';
      const { id, ...content } = message;
      try {
        await server.send({ from, ...content, messageId: `<${id}@tollgate>` });
      } catch (error) {
        await markFailed(client, id, error instanceof Error ? error.message : String(error));
        return 'failed';
      }
      await markSent(client, id, clock.now());
      return 'sent';
    });

  return {
    async send(message, executor = pool) {
      // One recipient and one line of subject, whatever they were made from: else a message could be led elsewhere.
      if (!ONE_ADDRESS.test(message.to)) throw new AppError('internal', 'A message is addressed to no single address.');
      await insertMessage(
        executor,
        { ...message, subject: message.subject.replace(/[\p{Cc}\s]+/gu, ' ') },
        clock.now(),
      );
    },

    async deliver(limit) {
      const done = { sent: 0, failed: 0 };
      while (transport && done.sent + done.failed < limit) {
        const outcome = await deliverOne(transport);
        if (outcome === 'none') break;
        done[outcome]++;
      }
      return done;
    },

    removeOld: () => removeOldMessages(pool, clock.now()),
    recent: (limit) => listRecentMessages(pool, limit),
  };
}
