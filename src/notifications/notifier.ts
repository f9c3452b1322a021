/** Tells what happened, each occurrence once: a notice, its mails and its webhooks are rows of the caller's transaction, and are sent later. */
import { type Pool } from 'pg';
import { type SqlExecutor } from '@/db';
import { type Clock } from '@/kernel/clock';
import { AppError } from '@/kernel/errors';
import { type Notice } from './contracts';
import { insertNotice, removeOldNotices } from './notice-store';
import { checkAddress, oneLine } from './one-address';

export interface Notifier {
  /**
   * Writes a notice, its mails and its webhooks to the outbox; given the executor of a transaction, only if that commits. Does nothing where
   * the organization has a notice of that key.
   * @throws AppError internal unless the key has 1–200 characters and each address is one.
   */
  notify(this: void, notice: Notice, executor?: SqlExecutor): Promise<void>;
  /** Removes notices of more than 400 days ago; resolves to how many. */
  removeOld(): Promise<number>;
}

export function createNotifier({ pool, clock }: { pool: Pool; clock: Clock }): Notifier {
  return {
    async notify(notice, executor = pool) {
      if (notice.key.length === 0 || notice.key.length > 200)
        throw new AppError('internal', `The key of a notice has ${notice.key.length} characters, not 1 to 200.`);
      await insertNotice(executor, notice, notice.mail && mailOf(notice.mail), clock.now());
    },
    removeOld: () => removeOldNotices(pool, clock.now()),
  };
}

function mailOf({ subject, paragraphs, buttons = [], to }: NonNullable<Notice['mail']>) {
  if ('addresses' in to) to.addresses.forEach(checkAddress);
  return {
    subject: oneLine(subject),
    text: [...paragraphs, ...buttons.map(({ label, url }) => `${label}: ${url}`)].join('\n\n'),
    roles: 'roles' in to ? to.roles : [],
    addresses: 'addresses' in to ? to.addresses : [],
  };
}
