import { type Pool } from 'pg';
import { fromMinor } from '@/kernel/money';
import { type StripeClient } from '../stripe-client';
import { askForAttention, isOurCreditNote, readInvoicesAtStripe } from './followed-invoice-store';
import { idOfObject } from '../id-of-object';

/**
 * `credit_note.*`: ours are made here first. One that somebody made at Stripe is not copied, since nobody here said which lines it
 * is for and why: admins are told to.
 */
export function createFollowCreditNote({ pool, stripe }: { pool: Pool; stripe: StripeClient }) {
  return async (creditNoteId: string): Promise<string> => {
    const note = await stripe.call('credit_note', (sdk) => sdk.creditNotes.retrieve(creditNoteId));
    if (note.metadata?.['tollgate_effect'] !== undefined || (await isOurCreditNote(pool, note.id))) return 'ours';
    const [invoice] = await readInvoicesAtStripe(pool, idOfObject(note.invoice));
    if (!invoice) return 'not ours';
    const amount = `${fromMinor(note.total, note.currency.toUpperCase())} ${note.currency.toUpperCase()}`;
    if (note.status !== 'void') {
      await askForAttention(
        pool,
        invoice.id,
        `Credit note ${note.number} over ${amount} was made at Stripe: make it here too.`,
      );
    }
    return note.status === 'void' ? 'taken back at Stripe' : 'made at Stripe';
  };
}
