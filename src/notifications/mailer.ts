/**
 * Mail through an outbox: a message is a row written with the change it tells of, and a later run hands it to the mail
 * server. It is sent at least once; a repetition carries the same Message-ID. Without a mail server it is only kept.
 */
import { type Pool } from 'pg';
import { type SqlExecutor } from '@/db';
import { type Clock } from '@/kernel/clock';
import { type OutboxMessageView } from './contracts';
import { type MailTransport } from './mail-transport';
import { checkAddress, oneLine } from './one-address';
import {
  claimMessages,
  type ClaimedMessage,
  giveUpUntold,
  insertMessage,
  listRecentMessages,
  markFailed,
  markSent,
  type Message,
  removeOldMessages,
} from './outbox-store';
import { ATTEMPT_LIMIT, retryPauseMs } from './retry-pause';
import { sideBySide } from './side-by-side';

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

/** Messages that are taken together, and how many of them are handed over at once. */
const CLAIMED = 50;
const WIDTH = 8;

interface Options {
  pool: Pool;
  /** Null: there is no mail server, messages stay in the outbox. */
  transport: MailTransport | null;
  /** Sender, e.g. Tollgate <billing@example.com>. */
  from: string;
  clock: Clock;
  /** In [0, 1): spreads what failed together. */
  chance?: () => number;
}

export function createMailer({ pool, transport, from, clock, chance = Math.random }: Options): Mailer {
  async function hand(server: MailTransport, message: ClaimedMessage): Promise<'sent' | 'failed'> {
    const { id, attempts, ...content } = message;
    try {
      await server.send({ from, ...content, messageId: `<${id}@tollgate>` });
    } catch (error) {
      const now = clock.now();
      const next = attempts < ATTEMPT_LIMIT ? new Date(now.getTime() + retryPauseMs(attempts, chance())) : null;
      const reason = error instanceof Error ? error.message : String(error);
      await markFailed(pool, message, { reason, answer: null }, next, now);
      return 'failed';
    }
    await markSent(pool, id, clock.now());
    return 'sent';
  }

  return {
    async send(message, executor = pool) {
      checkAddress(message.to);
      await insertMessage(executor, { ...message, subject: oneLine(message.subject) }, clock.now());
    },

    async deliver(limit) {
      const done = { sent: 0, failed: 0 };
      await giveUpUntold(pool, clock.now());
      while (transport && done.sent + done.failed < limit) {
        const room = limit - done.sent - done.failed;
        const claimed = await claimMessages(pool, Math.min(room, CLAIMED), clock.now());
        if (claimed.length === 0) break;
        await sideBySide(claimed, WIDTH, async (message) => {
          done[await hand(transport, message)]++;
        });
      }
      return done;
    },

    removeOld: () => removeOldMessages(pool, clock.now()),
    recent: (limit) => listRecentMessages(pool, limit),
  };
}
