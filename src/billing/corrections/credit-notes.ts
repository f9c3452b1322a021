/**
 * Corrections of issued invoices: each is a credit note, numbered in the account's own series, that takes an amount off what is
 * left. It is written with the account held, so two at once never take off more than there is.
 */
import { Decimal } from 'decimal.js';
import { type Pool } from 'pg';
import { inTransaction } from '@/db';
import { type Clock } from '@/kernel/clock';
import { AppError } from '@/kernel/errors';
import { newId } from '@/kernel/ids';
import { fromMinor, toMinor } from '@/kernel/money';
import { type PlanCatalogue, type SubscriptionActor } from '@/plans';
import { type Dunning, type DunningOptions } from '../dunning/dunning';
import { type HeldInvoice, lockInvoice } from '../invoices/invoice-lock-store';
import { assertCanBecome } from '../invoices/invoice-state';
import { tellStripeOfCorrection } from '../stripe/correction-store';
import { insertCreditNote, readCreditableLines } from './credit-note-store';
import { type CreditNoteInput, type CreditNoteView } from './correction-contracts';
import { shareCredit } from './share-credit';

export interface CreditNotes {
  /**
   * Takes an amount off an invoice that was handed over. One that nobody has paid, and of which nothing is left then, is void.
   * @param userId the platform admin who does it.
   * @throws AppError not_found; conflict for an invoice that was not handed over or is void; invalid_request for more than is left.
   */
  credit(invoiceId: string, userId: string, input: CreditNoteInput): Promise<CreditNoteView>;
  /**
   * Takes everything that is left off an invoice that is not paid, which is void then.
   * @throws AppError not_found; conflict for a draft and for what is paid or void.
   */
  void(invoiceId: string, userId: string, reason: string): Promise<CreditNoteView>;
  /** The same for what was voided elsewhere, by nobody who is known here. @throws AppError as {@link void} */
  voidAsTold(invoiceId: string, reason: string): Promise<CreditNoteView>;
}

interface Options extends Pick<DunningOptions, 'audit'> {
  pool: Pool;
  clock: Clock;
  catalogue: PlanCatalogue;
  dunning: Pick<Dunning, 'settle'>;
}

interface Correction {
  amountMinor: number;
  lines: readonly string[] | null;
}

export function createCreditNotes({ pool, clock, catalogue, dunning, audit }: Options): CreditNotes {
  async function correct(
    invoiceId: string,
    actor: SubscriptionActor,
    reason: string,
    decide: (invoice: HeldInvoice) => Correction,
  ): Promise<CreditNoteView> {
    // Known from here on: who holds a connection must not wait for another.
    await catalogue.plans();
    return inTransaction(pool, async (client) => {
      const invoice = await lockInvoice(client, invoiceId);
      const { organizationId, currency, status } = invoice;
      const { amountMinor, lines } = decide(invoice);
      const leftMinor = invoice.totalMinor - invoice.creditedMinor;
      if (amountMinor > leftMinor) {
        throw wrongAmount(
          `at most ${fromMinor(leftMinor, currency)}, which is left of the invoice`,
          amountMinor,
          currency,
        );
      }
      const shares = shareCredit(amountMinor, await readCreditableLines(client, invoiceId), lines);
      const note = {
        id: newId(),
        organizationId,
        invoiceId,
        amountMinor,
        reason,
        voids: status !== 'paid' && amountMinor === leftMinor,
        createdBy: actor.kind === 'system' ? 'system' : `${actor.kind}:${actor.id}`,
        at: clock.now(),
        shares,
      };
      const number = await insertCreditNote(client, note);
      await tellStripeOfCorrection(client, note);
      await audit(client, {
        organizationId,
        actor,
        action: note.voids ? 'invoice.voided' : 'invoice.credited',
        target: invoiceId,
        details: {
          invoice: invoice.number,
          credit_note: number,
          amount: fromMinor(amountMinor, currency),
          currency,
          reason,
        },
      });
      if (note.voids) await dunning.settle(client, organizationId);
      return {
        id: note.id,
        number,
        invoice_id: invoiceId,
        currency,
        amount: fromMinor(amountMinor, currency),
        amount_minor: amountMinor,
        reason,
        voids: note.voids,
        created_by: note.createdBy,
        created_at: note.at.toISOString(),
        lines: shares.map(({ lineId, amountMinor: share }) => ({ line_id: lineId, amount_minor: share })),
      };
    });
  }

  return {
    credit: (invoiceId, userId, { amount, reason, lines }) =>
      correct(invoiceId, { kind: 'user', id: userId }, reason, ({ status, currency }) => {
        if (!['sent', 'paid', 'payment_failed'].includes(status)) {
          throw new AppError('conflict', `The invoice is ${status}: only one that was handed over is credited.`);
        }
        const amountMinor = toMinor(new Decimal(amount), currency);
        if (amountMinor <= 0 || !new Decimal(amount).eq(fromMinor(amountMinor, currency))) {
          throw wrongAmount(`more than 0 and whole minor units of ${currency}`, amount, currency);
        }
        return { amountMinor, lines: lines ?? null };
      }),

    void: (invoiceId, userId, reason) => correct(invoiceId, { kind: 'user', id: userId }, reason, wholeOf),
    voidAsTold: (invoiceId, reason) => correct(invoiceId, { kind: 'system' }, reason, wholeOf),
  };
}

/** All that is left. @throws AppError conflict */
function wholeOf({ status, totalMinor, creditedMinor }: HeldInvoice): Correction {
  assertCanBecome(status, 'void');
  if (totalMinor === creditedMinor) throw new AppError('conflict', 'Nothing is left of the invoice.');
  return { amountMinor: totalMinor - creditedMinor, lines: null };
}

function wrongAmount(expected: string, received: string | number, currency: string): AppError {
  const told = typeof received === 'number' ? fromMinor(received, currency) : received;
  const message = `expected ${expected}, received ${told}`;
  return new AppError('invalid_request', `amount: ${message}`, { issues: [{ field: 'amount', message }] });
}
