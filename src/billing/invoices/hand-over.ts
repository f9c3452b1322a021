import { type Pool } from 'pg';
import { inTransaction, type SqlExecutor } from '@/db';
import { fromMinor } from '@/kernel/money';
import { markSent, readInvoicesIn, type SentInvoice } from './finalize-store';

export interface HandOverOptions {
  pool: Pool;
  /** Public address of this installation, without a slash at its end. */
  appUrl: string;
  /** Writes a mail to the outbox, in the transaction of `executor`. */
  send: (message: { to: string; subject: string; text: string }, executor: SqlExecutor) => Promise<void>;
  /** Tells Stripe of the finalized invoices that it is to collect. @returns how many it has been told of in full. */
  handToStripe: (organizationId: string, at: Date) => Promise<number>;
}

export interface HandOver {
  /** Sends an organization's finalized invoices: by mail, or through Stripe. Those that have been sent are not sent again. */
  handOver(organizationId: string, at: Date): Promise<{ sent: number; waiting: number }>;
}

export function createHandOver({ pool, appUrl, send, handToStripe }: HandOverOptions): HandOver {
  /** The mail is written with the state, so it is sent once. */
  const sendOne = (id: string, at: Date): Promise<boolean> =>
    inTransaction(pool, async (client) => {
      const invoice = await markSent(client, id, at);
      if (!invoice) return false;
      if (invoice.billTo.email !== null)
        await send(mailOf(invoice, invoice.billTo.email, `${appUrl}/billing/invoices/${id}`), client);
      return true;
    });

  return {
    async handOver(organizationId, at) {
      const finalized = await readInvoicesIn(pool, organizationId, 'finalized');
      if (finalized.length === 0) return { sent: 0, waiting: 0 };
      let sent = await handToStripe(organizationId, at);
      for (const { id } of finalized) if (await sendOne(id, at)) sent += 1;
      return { sent, waiting: finalized.length - sent };
    },
  };
}

const mailOf = (invoice: SentInvoice, to: string, url: string) => ({
  to,
  subject: `Invoice ${invoice.number} from ${invoice.seller.name}`,
  text: [
    `Invoice ${invoice.number} over ${fromMinor(invoice.totalMinor, invoice.currency)} ${invoice.currency} is ready.`,
    `Please pay it by ${invoice.dueAt.toISOString().slice(0, 10)}.`,
    '',
    'Its lines, what they rest on, and the PDF:',
    url,
  ].join('\n'),
});
