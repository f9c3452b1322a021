/**
 * Issues drafts: each is sealed (the digest of every line's events), looked at (can its texts be printed?), and numbered. Sealing
 * may take long and changes nothing that is not sealed already, so it holds no lock; the number is taken with the account held,
 * in the order of periods, and given back if the transaction fails.
 */
import { type Pool } from 'pg';
import { inTransaction } from '@/db';
import { lockBillingAccount, takeInvoiceNumber } from './billing-account-store';
import {
  finalizeDraft,
  type InvoiceParty,
  lockDraft,
  readCustomer,
  readInvoicesIn,
  setAttention,
  settleNothing,
} from './finalize-store';

export interface FinalizeInvoicesOptions {
  pool: Pool;
  seller: InvoiceParty;
  /** How long a draft waits to be looked at, in ms. */
  reviewMs: number;
  /** How long the customer has to pay, in ms. */
  paymentMs: number;
  /** Writes the digests of a draft's lines. @returns what keeps it from being issued; null: nothing. */
  seal: (invoiceId: string) => Promise<string | null>;
  /** Which characters of the texts cannot be printed; empty: none. */
  unprintable: (texts: string[]) => string[];
}

export interface FinalizeInvoices {
  /** Issues an organization's drafts, oldest first, that have waited long enough at `at`; one that cannot be keeps later ones waiting. */
  finalizeDrafts(organizationId: string, at: Date): Promise<{ finalized: number; waiting: number }>;
}

export function createFinalizeInvoices(options: FinalizeInvoicesOptions): FinalizeInvoices {
  const { pool, seller, reviewMs, paymentMs, seal, unprintable } = options;

  /** @returns why the draft cannot be issued; null: nothing stands in the way. */
  async function objection(id: string, billTo: InvoiceParty): Promise<string | null> {
    const sealed = await seal(id);
    if (sealed !== null) return sealed;
    const { rows } = await pool.query<{ description: string }>(
      'select description from invoice_lines where invoice_id = $1',
      [id],
    );
    const characters = unprintable([
      ...partyTexts(seller),
      ...partyTexts(billTo),
      ...rows.map(({ description }) => description),
    ]);
    return characters.length === 0
      ? null
      : `its texts have characters that cannot be printed: ${characters.slice(0, 20).join(' ')}`;
  }

  const issue = (organizationId: string, id: string, billTo: InvoiceParty, at: Date): Promise<boolean> =>
    inTransaction(pool, async (client) => {
      await lockBillingAccount(client, organizationId);
      const draft = await lockDraft(client, id);
      if (!draft) return false;
      const dueAt = new Date(at.getTime() + paymentMs);
      await finalizeDraft(client, id, {
        ...(await takeInvoiceNumber(client, organizationId)),
        seller,
        billTo,
        at,
        dueAt,
      });
      if (draft.totalMinor === 0) await settleNothing(client, id, at);
      return true;
    });

  return {
    async finalizeDrafts(organizationId, at) {
      const drafts = await readInvoicesIn(pool, organizationId, 'draft');
      let finalized = 0;
      for (const { id, draftedAt } of drafts) {
        if (draftedAt.getTime() + reviewMs > at.getTime()) break;
        const billTo = await readCustomer(pool, organizationId);
        const attention = await objection(id, billTo);
        if (attention !== null) {
          await setAttention(pool, id, attention);
          break;
        }
        if (await issue(organizationId, id, billTo, at)) finalized += 1;
      }
      return { finalized, waiting: drafts.length - finalized };
    },
  };
}

const partyTexts = ({ name, lines, tax_id, email }: InvoiceParty): string[] => [
  name,
  ...lines,
  tax_id ?? '',
  email ?? '',
];
