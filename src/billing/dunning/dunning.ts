/**
 * What follows from payments:
 *
 *   paid in time ─▶ nothing
 *   failed, or overdue ─▶ (owners are told) ─ dunning days ─▶ restricted to the free plan ─▶ paid or voided: the plan comes back
 *
 * News of payments come in any order and more than once. Each is one transaction with the account held: the invoice's state, the
 * account, the plan, the audit log and the mails stand or fall together.
 */
import { type Pool, type PoolClient } from 'pg';
import { inTransaction, type SqlExecutor } from '@/db';
import { type Clock } from '@/kernel/clock';
import { AppError } from '@/kernel/errors';
import { type PlanCatalogue, type SubscriptionActor, type SubscriptionService } from '@/plans';
import { type HeldInvoice, lockInvoice } from '../invoices/invoice-lock-store';
import { canBecome } from '../invoices/invoice-state';
import { failedMail, restoredMail, restrictedMail } from './dunning-mails';
import {
  isFailingSince,
  noteAttention,
  readFailing,
  readOverdue,
  readOwners,
  setFailed,
  setPaid,
  startFailing,
  stopFailing,
} from './dunning-store';

/** An entry of the audit log. */
export interface BillingAuditEntry {
  organizationId: string;
  actor: SubscriptionActor;
  action: string;
  target: string;
  details: Record<string, unknown>;
}

export interface DunningOptions {
  pool: Pool;
  clock: Clock;
  catalogue: PlanCatalogue;
  subscriptions: Pick<SubscriptionService, 'restrict' | 'restore'>;
  audit: (client: PoolClient, entry: BillingAuditEntry) => Promise<void>;
  /** Writes a mail to the outbox, in the transaction of `executor`. */
  send: (message: { to: string; subject: string; text: string }, executor: SqlExecutor) => Promise<void>;
  /** How long after a payment failed the free plan's limits begin to hold, in ms. */
  dunningMs: number;
  /** Public address of this installation, without a slash at its end. */
  appUrl: string;
}

export interface Dunning {
  /**
   * A payment failed at `at`. Nothing happens to what is paid, void, or known to have failed.
   * @returns whether it was news. @throws AppError not_found; conflict for a draft.
   */
  markFailed(invoiceId: string, at: Date): Promise<boolean>;
  /**
   * An invoice was paid at `at`. One that was voided stays so, and admins are told.
   * @param by who says so, and why, where it was not the payment itself.
   * @returns whether it was news. @throws AppError not_found; conflict for a draft, and where somebody says so of what is collected
   * by Stripe.
   */
  markPaid(invoiceId: string, at: Date, by?: { actor: SubscriptionActor; reason: string }): Promise<boolean>;
  /** After an invoice left the failed ones by whatever way: the plan comes back with the last of them. */
  settle(client: PoolClient, organizationId: string): Promise<void>;
  /**
   * Takes up invoices that were to be paid by `at`, and restricts who has not paid for too long.
   * @param proceed throws once no more may be done.
   * @param onFailure is told of an organization for which it failed; the others go on.
   */
  enforce(
    at: Date,
    proceed: () => void,
    onFailure: (organizationId: string, error: unknown) => Promise<void>,
  ): Promise<void>;
}

const PAGE = 100;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';
const SYSTEM: SubscriptionActor = { kind: 'system' };

export function createDunning(options: DunningOptions): Dunning {
  const { pool, clock, catalogue, subscriptions, audit, send, dunningMs, appUrl } = options;
  const invoicesUrl = `${appUrl}/billing`;
  const urlOf = ({ id, paymentUrl }: HeldInvoice) => paymentUrl ?? `${appUrl}/billing/invoices/${id}`;

  async function tellOwners(client: PoolClient, organizationId: string, mail: { subject: string; text: string }) {
    for (const to of await readOwners(client, organizationId)) await send({ to, ...mail }, client);
  }

  /** Who holds a connection must not wait for another: the catalogue is known before. */
  const withAccount = async <T>(work: (client: PoolClient) => Promise<T>): Promise<T> => {
    await catalogue.plans();
    return inTransaction(pool, work);
  };

  async function settle(client: PoolClient, organizationId: string): Promise<void> {
    if (!(await stopFailing(client, organizationId))) return;
    const plan = await subscriptions.restore(client, organizationId);
    if (plan) await tellOwners(client, organizationId, restoredMail(plan.planName, invoicesUrl));
  }

  const markFailed = (invoiceId: string, at: Date) =>
    withAccount(async (client) => {
      const invoice = await lockInvoice(client, invoiceId);
      if (invoice.status === 'draft') throw new AppError('conflict', 'The invoice is a draft: nobody was to pay it.');
      if (!canBecome(invoice.status, 'payment_failed')) return false;
      const { organizationId, number } = invoice;
      await setFailed(client, invoiceId, at);
      await startFailing(client, organizationId, at);
      await audit(client, {
        organizationId,
        actor: SYSTEM,
        action: 'invoice.payment_failed',
        target: invoiceId,
        details: { number, at: at.toISOString() },
      });
      await tellOwners(client, organizationId, failedMail(invoice, urlOf(invoice), dunningMs));
      return true;
    });

  const restrict = (organizationId: string, since: Date) =>
    withAccount(async (client) => {
      const plan = await subscriptions.restrict(client, organizationId);
      // Paid since it was read: this takes everything back.
      if (!(await isFailingSince(client, organizationId, since))) throw new PaidMeanwhile();
      if (plan) await tellOwners(client, organizationId, restrictedMail(plan.planName, invoicesUrl));
    }).catch((error: unknown) => {
      if (!(error instanceof PaidMeanwhile)) throw error;
    });

  return {
    markFailed,
    settle,

    markPaid: (invoiceId, at, by) =>
      withAccount(async (client) => {
        const invoice = await lockInvoice(client, invoiceId);
        if (invoice.status === 'draft') throw new AppError('conflict', 'The invoice is a draft: nobody was to pay it.');
        if (by && invoice.collection !== 'manual') {
          throw new AppError('conflict', 'The invoice is collected by Stripe, which says when it is paid.');
        }
        if (invoice.status === 'void') {
          if (by) throw new AppError('conflict', 'The invoice was voided: there is nothing to pay.');
          await noteAttention(client, invoiceId, `It was paid at ${at.toISOString()} although it was voided.`);
        }
        if (!canBecome(invoice.status, 'paid')) return false;
        const { organizationId, number } = invoice;
        await setPaid(client, invoiceId, at);
        await audit(client, {
          organizationId,
          actor: by?.actor ?? SYSTEM,
          action: 'invoice.paid',
          target: invoiceId,
          details: { number, at: at.toISOString(), ...(by && { reason: by.reason }) },
        });
        await settle(client, organizationId);
        return true;
      }),

    async enforce(at, proceed, onFailure) {
      for (let after = FIRST_ID; ;) {
        const page = await readOverdue(pool, at, after, PAGE);
        for (const { id, organizationId } of page) {
          proceed();
          // Owners are told now, so the days that they have begin now.
          await markFailed(id, clock.now()).catch((error: unknown) => onFailure(organizationId, error));
        }
        if (page.length < PAGE) break;
        after = page.at(-1)!.id;
      }
      const since = new Date(at.getTime() - dunningMs);
      for (let after = FIRST_ID; ;) {
        const page = await readFailing(pool, since, after, PAGE);
        for (const organizationId of page) {
          proceed();
          await restrict(organizationId, since).catch((error: unknown) => onFailure(organizationId, error));
        }
        if (page.length < PAGE) break;
        after = page.at(-1)!;
      }
    },
  };
}

/** Ends a transaction whose reason is gone. */
class PaidMeanwhile extends Error {}
